// Owns the command palette: orders, customers, products and pages by what is typed, from anywhere by Ctrl-K.

import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, page } from '../api/client.ts';
import { Dialog } from '../ui/dialog.tsx';
import { destinations } from './destinations.ts';
import { useShop } from './shop.tsx';

interface Found {
  key: string;
  label: string;
  detail: string;
  to: string;
}

const most = 5;

export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useShop();
  return (
    <Dialog title={t.palette} isOpen={isOpen} onClose={onClose}>
      <PaletteContent onClose={onClose} />
    </Dialog>
  );
}

function PaletteContent({ onClose }: { onClose: () => void }) {
  const { t, may } = useShop();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const wanted = text.trim();
  const { data: found = [] } = useQuery({
    queryKey: ['palette', wanted],
    enabled: wanted.length >= 2,
    placeholderData: (before: Found[] | undefined) => before,
    queryFn: () => search(wanted, may),
  });
  const pages: Found[] = destinations
    .filter(({ need, name }) => may(need) && t[name].toLowerCase().includes(wanted.toLowerCase()))
    .map(({ to, name }) => ({ key: to, label: t[name], detail: t.pages, to }));
  const shown = [...(wanted.length >= 2 ? found : []), ...pages];
  const current = Math.min(at, shown.length - 1);
  const open = (each: Found | undefined) => {
    if (!each) return;
    onClose();
    void navigate({ to: each.to });
  };
  return (
    <>
      <input
        className="input"
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={current >= 0 ? `palette-${current}` : undefined}
        aria-label={t.palette}
        placeholder={t.order.searchHint}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog is for typing
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(current + 1, shown.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
          else if (event.key === 'Enter') open(shown[current]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="palette" role="listbox" aria-label={t.palette}>
        {shown.map((each, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the box above has the keys
          <li
            key={each.key}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === current}
            className="option"
            onClick={() => open(each)}
          >
            <span className="grow">{each.label}</span>
            <span className="quiet">{each.detail}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

async function search(text: string, may: (need: 'orders' | 'customers' | 'products') => boolean): Promise<Found[]> {
  const query = { search: text, limit: most };
  const [orders, customers, products] = await Promise.all([
    may('orders') ? page(api.GET('/api/v1/orders/', { params: { query } })) : undefined,
    may('customers') ? page(api.GET('/api/v1/customers/', { params: { query } })) : undefined,
    may('products') ? page(api.GET('/api/v1/products/', { params: { query } })) : undefined,
  ]);
  return [
    ...(orders?.items ?? []).map(({ code, customer }) => ({
      key: code,
      label: code,
      detail: customer.name,
      to: `/orders/${code}`,
    })),
    ...(customers?.items ?? []).map(({ id, name, phonenumber }) => ({
      key: id,
      label: name,
      detail: phonenumber,
      to: `/customers/${id}`,
    })),
    ...(products?.items ?? []).map(({ id, name, sku }) => ({
      key: id,
      label: name,
      detail: sku ?? '',
      to: `/products?search=${encodeURIComponent(name)}`,
    })),
  ];
}
