// Owns the addresses: each page with the permission that it needs and what its address may say.

import { createRootRouteWithContext, createRoute, createRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { OrderStatus } from '../api/client.ts';
import { AuditPage } from '../pages/audit/audit-page.tsx';
import { CustomerPage } from '../pages/customers/customer-page.tsx';
import { CustomersPage } from '../pages/customers/customers-page.tsx';
import { MessagesPage } from '../pages/messages/messages-page.tsx';
import { OrderPage } from '../pages/orders/order-page.tsx';
import { OrdersPage } from '../pages/orders/orders-page.tsx';
import { orderStatuses } from '../pages/orders/statuses.ts';
import { ImportPage } from '../pages/products/import-page.tsx';
import { ProductsPage } from '../pages/products/products-page.tsx';
import { ReportsPage } from '../pages/reports/reports-page.tsx';
import { TodayPage } from '../pages/today/today-page.tsx';
import { NoPermission, State } from '../ui/parts.tsx';
import { destinations } from './destinations.ts';
import type { Need } from './permissions.ts';
import { Shell } from './shell.tsx';
import { useShop } from './shop.tsx';

const root = createRootRouteWithContext<{ isSignedOut: boolean }>()({
  component: function Root() {
    const { isSignedOut } = root.useRouteContext();
    return <Shell isSignedOut={isSignedOut} />;
  },
  notFoundComponent: function Missing() {
    const { t } = useShop();
    return <State title={t.notFound} hint={t.notFoundHint} />;
  },
});

/** Whoever lacks the permission is told so, and asks the service for nothing. */
function Guard({ need, children }: { need: Need; children: ReactNode }) {
  const { may } = useShop();
  return may(need) ? children : <NoPermission />;
}

const searchOf = (given: Record<string, unknown>): { search?: string } => {
  // A code of digits alone comes as a number.
  const search = typeof given['search'] === 'number' ? String(given['search']) : given['search'];
  return typeof search === 'string' && search !== '' ? { search } : {};
};

/** Somebody who may not see the day's figures begins where they may. */
function Home() {
  const { may } = useShop();
  if (may('today')) return <TodayPage />;
  const first = destinations.find(({ need }) => may(need));
  return first?.name === 'orders' ? <OrdersPage status={undefined} search="" /> : <NoPermission />;
}

const home = createRoute({ getParentRoute: () => root, path: '/', component: Home });

const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  validateSearch: (given: Record<string, unknown>): { search?: string; status?: OrderStatus } => {
    const status = orderStatuses.find((each) => each === given['status']);
    return { ...searchOf(given), ...(status && { status }) };
  },
  component: function Orders() {
    const { status, search = '' } = orders.useSearch();
    return (
      <Guard need="orders">
        <OrdersPage status={status} search={search} />
      </Guard>
    );
  },
});

const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$code',
  component: function Order() {
    const { code } = order.useParams();
    return (
      <Guard need="orders">
        <OrderPage key={code} code={code} />
      </Guard>
    );
  },
});

const products = createRoute({
  getParentRoute: () => root,
  path: '/products',
  validateSearch: searchOf,
  component: function Products() {
    const { search = '' } = products.useSearch();
    return (
      <Guard need="products">
        <ProductsPage search={search} />
      </Guard>
    );
  },
});

const productImport = createRoute({
  getParentRoute: () => root,
  path: '/products/import',
  component: () => (
    <Guard need="products">
      <ImportPage />
    </Guard>
  ),
});

const customers = createRoute({
  getParentRoute: () => root,
  path: '/customers',
  validateSearch: searchOf,
  component: function Customers() {
    const { search = '' } = customers.useSearch();
    return (
      <Guard need="customers">
        <CustomersPage search={search} />
      </Guard>
    );
  },
});

const customer = createRoute({
  getParentRoute: () => root,
  path: '/customers/$id',
  component: function Customer() {
    const { id } = customer.useParams();
    return (
      <Guard need="customers">
        <CustomerPage key={id} id={id} />
      </Guard>
    );
  },
});

const messages = createRoute({
  getParentRoute: () => root,
  path: '/messages',
  validateSearch: (given: Record<string, unknown>): { search?: string; attention?: boolean } => ({
    ...searchOf(given),
    ...(given['attention'] === true && { attention: true }),
  }),
  component: function Messages() {
    const { attention = false } = messages.useSearch();
    return (
      <Guard need="messages">
        <MessagesPage attention={attention} />
      </Guard>
    );
  },
});

const reports = createRoute({
  getParentRoute: () => root,
  path: '/reports',
  component: () => (
    <Guard need="reports">
      <ReportsPage />
    </Guard>
  ),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  component: () => (
    <Guard need="audit">
      <AuditPage />
    </Guard>
  ),
});

const tree = root.addChildren([
  home,
  orders,
  order,
  products,
  productImport,
  customers,
  customer,
  messages,
  reports,
  audit,
]);

export const createConsoleRouter = () =>
  createRouter({
    routeTree: tree,
    basepath: new URL(document.baseURI).pathname.replace(/\/$/, ''),
    context: { isSignedOut: false },
    scrollRestoration: true,
    defaultPreload: false,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
