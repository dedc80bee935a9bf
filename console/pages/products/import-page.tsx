// Owns bringing products in from a file: what it would do, line by line, then progress, then what came of it.

import { useMutation, useQuery } from '@tanstack/react-query';
import { FileSpreadsheet } from 'lucide-react';
import { useRef, useState } from 'react';
import { api, body, type ProductImport, sendProducts } from '../../api/client.ts';
import { useShop } from '../../app/shop.tsx';
import { fill } from '../../texts/en.ts';
import { Button, Panel } from '../../ui/parts.tsx';

const lookEveryMs = 500;

export function ImportPage() {
  const { t } = useShop();
  const [sent, setSent] = useState<ProductImport>();
  const check = useMutation({ mutationFn: (file: File) => sendProducts(file), onSuccess: setSent });
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <div className="title">
        <h1>{t.product.importTitle}</h1>
      </div>
      <div
        className="drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          const [file] = event.dataTransfer.files;
          if (file) check.mutate(file);
        }}
      >
        <FileSpreadsheet size={28} aria-hidden />
        <p className="quiet">{t.product.importHint}</p>
        <input
          ref={input}
          type="file"
          hidden
          aria-label={t.product.choose}
          accept=".csv,.tsv,.txt,text/csv"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) check.mutate(file);
            event.target.value = '';
          }}
        />
        <Button variant="primary" isDisabled={check.isPending} onPress={() => input.current?.click()}>
          {check.isPending ? t.product.checking : t.product.choose}
        </Button>
      </div>
      {check.isError && (
        <div className="note" data-tone="danger" role="alert">
          {check.error.message}
        </div>
      )}
      {sent && !check.isPending && <Preview key={sent.id} sent={sent} />}
    </>
  );
}

function Preview({ sent }: { sent: ProductImport }) {
  const { t, count } = useShop();
  const apply = useMutation({
    mutationFn: () => body(api.POST('/api/v1/product-imports/{id}/apply/', { params: { path: { id: sent.id } } })),
  });
  const { data: found = sent } = useQuery({
    queryKey: ['import', sent.id],
    enabled: apply.isSuccess,
    refetchInterval: ({ state }) => (state.data?.status === 'applying' ? lookEveryMs : false),
    queryFn: () => body(api.GET('/api/v1/product-imports/{id}/', { params: { path: { id: sent.id } } })),
  });
  const good = found.rows - found.refused_rows;
  const { result } = found;
  return (
    <Panel title={fill(t.product.rows, { n: count(found.rows) })}>
      <div className="stack">
        <div className="tallies">
          <span>{fill(t.product.creates, { n: count(found.creates) })}</span>
          <span>{fill(t.product.updates, { n: count(found.updates) })}</span>
          <span className="quiet">{fill(t.product.unchanged, { n: count(found.unchanged) })}</span>
          {found.refused_rows > 0 && (
            <span className="danger">{fill(t.product.refused, { n: count(found.refused_rows) })}</span>
          )}
        </div>
        {found.status === 'done' && result ? (
          <div className="note" data-tone="info" role="status">
            {fill(t.product.done, { creates: count(result.creates), updates: count(result.updates) })}
          </div>
        ) : found.status === 'applying' || apply.isPending || apply.isSuccess ? (
          <div className="row" role="status">
            <progress max={found.of} value={found.done} aria-label={t.loading} />
            {fill(t.product.applying, { done: count(found.done), of: count(found.of) })}
          </div>
        ) : (
          good > 0 && (
            <div className="row">
              <Button variant="primary" onPress={() => apply.mutate()}>
                {fill(t.product.apply, { n: count(good) })}
              </Button>
            </div>
          )
        )}
        {found.refused.length > 0 && <Refused refused={found.refused} />}
      </div>
    </Panel>
  );
}

function Refused({ refused }: { refused: ProductImport['refused'] }) {
  const { t, count } = useShop();
  return (
    <table className="table">
      <tbody>
        {refused.map(({ line, column, detail }) => (
          <tr key={`${line} ${column} ${detail}`}>
            <td className="quiet" style={{ width: 100 }}>
              {fill(t.product.line, { n: count(line) })}
            </td>
            <td>
              {column !== null && <strong>{column} </strong>}
              {detail}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
