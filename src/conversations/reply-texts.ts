// Owns the words of our answers to customers' texts, in English and Swahili. Each fits one SMS of 160 GSM-7 characters.

import type { Language } from '../customers/customer.ts';
import type { OrderStatus } from '../orders/order.ts';

/** An order as answers speak of it. */
export interface OrderWords {
  code: string;
  /** Such as `KES 1,450`. */
  total: string;
  status: OrderStatus;
}

export interface ReplyTexts {
  /** @param others how many more orders there are to ask about */
  status(order: OrderWords, others: number): string;
  /** A code that is right but of no order of this phone. */
  notYours(code: string): string;
  misread(typed: string): string;
  /** Asks for the YES, which counts for `minutes`. */
  confirmCancel(order: OrderWords, minutes: number): string;
  whichToCancel(codes: readonly string[]): string;
  cantCancel(order: OrderWords): string;
  nothingToCancel: string;
  nothingToConfirm: string;
  kept(order: OrderWords): string;
  help: string;
  unknown: string;
  /** Something is to stop, but not plainly the SMS. */
  stopWhat: string;
  stranger: string;
  stopped: string;
  started: string;
}

const en: ReplyTexts = {
  status: (order, others) =>
    `Your order ${order.code} (${order.total}) ${statusWords.en[order.status]}.${others > 0 ? ' For another order, text STATUS and its code.' : ''}`,
  notYours: (code) =>
    `We have no order ${code} for this number. Text from the phone that you ordered with, or text STATUS.`,
  misread: (typed) => `${typed} is not an order code of ours: please check it. Text STATUS to see your latest order.`,
  confirmCancel: ({ code, total }, minutes) =>
    `Reply YES to cancel order ${code} (${total}). After ${minutes} minutes without an answer it stays as it is.`,
  whichToCancel: (codes) => `Which order? Text CANCEL and its code. Yours: ${codes.join(', ')}.`,
  cantCancel: ({ code, status }) => `Your order ${code} ${cantCancelWords.en[status]}.`,
  nothingToCancel: 'You have no order that can be cancelled. Text STATUS to see your latest order.',
  nothingToConfirm: 'There is nothing to confirm. To cancel an order, text CANCEL and its code.',
  kept: ({ code }) => `Your order ${code} stays as it is.`,
  help: 'Text STATUS for your latest order, STATUS or CANCEL and an order code for that order, or STOP to get no more SMS.',
  unknown:
    'Sorry, we did not understand. Text STATUS for your order, CANCEL and its code to cancel it, HELP, or STOP to get no more SMS.',
  stopWhat: 'What shall stop? Text STOP alone to get no more SMS from us, or CANCEL and its code to cancel an order.',
  stranger: 'This number has no orders with us. Please text from the phone that you ordered with.',
  stopped: 'You will get no more SMS from us. Text START to get them again.',
  started: 'You will get SMS about your orders again. Text STOP to end them.',
};

const sw: ReplyTexts = {
  status: (order, others) =>
    `Agizo lako ${order.code} (${order.total}) ${statusWords.sw[order.status]}.${others > 0 ? ' Kwa agizo lingine, tuma HALI na msimbo wake.' : ''}`,
  notYours: (code) => `Hatuna agizo ${code} kwa namba hii. Tuma kutoka simu uliyoagizia, au tuma HALI.`,
  misread: (typed) => `${typed} si msimbo wa agizo letu: tafadhali hakiki. Tuma HALI kuona agizo lako la mwisho.`,
  confirmCancel: ({ code, total }, minutes) =>
    `Jibu NDIYO kughairi agizo ${code} (${total}). Bila jibu ndani ya dakika ${minutes}, litabaki lilivyo.`,
  whichToCancel: (codes) => `Agizo lipi? Tuma GHAIRI na msimbo wake. Yako: ${codes.join(', ')}.`,
  cantCancel: ({ code, status }) => `Agizo lako ${code} ${cantCancelWords.sw[status]}.`,
  nothingToCancel: 'Huna agizo linaloweza kughairiwa. Tuma HALI kuona agizo lako la mwisho.',
  nothingToConfirm: 'Hakuna cha kuthibitisha. Kughairi agizo, tuma GHAIRI na msimbo wake.',
  kept: ({ code }) => `Agizo lako ${code} linabaki lilivyo.`,
  help: 'Tuma HALI kuona agizo lako la mwisho, HALI au GHAIRI na msimbo wa agizo, au SIMAMA usipokee SMS tena.',
  unknown:
    'Samahani, hatukuelewa. Tuma HALI kuona agizo lako, GHAIRI na msimbo wake kulighairi, MSAADA, au SIMAMA usipokee SMS tena.',
  stopWhat: 'Nini kisimame? Tuma SIMAMA peke yake usipokee SMS zetu tena, au GHAIRI na msimbo wake kughairi agizo.',
  stranger: 'Namba hii haina agizo kwetu. Tafadhali tuma kutoka simu uliyoagizia.',
  stopped: 'Hutapokea SMS zetu tena. Tuma ANZA kuzipokea tena.',
  started: 'Utapokea SMS kuhusu maagizo yako tena. Tuma SIMAMA kuzizuia.',
};

const statusWords: Record<Language, Record<OrderStatus, string>> = {
  en: {
    pending: 'waits for the shop to confirm it',
    confirmed: 'is confirmed',
    dispatched: 'is on its way',
    completed: 'is complete',
    cancelled: 'is cancelled',
  },
  sw: {
    pending: 'linasubiri kuthibitishwa na duka',
    confirmed: 'limethibitishwa',
    dispatched: 'liko njiani',
    completed: 'limekamilika',
    cancelled: 'limeghairiwa',
  },
};

const cantCancelWords: Record<Language, Record<OrderStatus, string>> = {
  en: {
    pending: 'can be cancelled',
    confirmed: 'is confirmed: only the shop can cancel it now',
    dispatched: 'is on its way and can no longer be cancelled',
    completed: 'is complete and can no longer be cancelled',
    cancelled: 'is cancelled already',
  },
  sw: {
    pending: 'linaweza kughairiwa',
    confirmed: 'limethibitishwa: ni duka pekee linaloweza kulighairi sasa',
    dispatched: 'liko njiani na haliwezi kughairiwa tena',
    completed: 'limekamilika na haliwezi kughairiwa tena',
    cancelled: 'limeshaghairiwa',
  },
};

export const replyTexts: Record<Language, ReplyTexts> = { en, sw };
