// Owns the settings that say how much, how often and how long: limits, and when staff are told.

import { amount, count, countOrOff, daysOrOff, hours, regionsOr, type Setting } from './setting-checks.ts';

export const boundSettings: readonly Setting[] = [
  {
    name: 'ORDERS_PER_CUSTOMER',
    about: 'Orders an hour of one identity, or `off`; staff who may manage orders are not bounded',
    fallback: '30',
    check: countOrOff,
  },
  {
    name: 'NUMBERS_PER_CUSTOMER',
    about: 'Different phone numbers a day that one identity may order with, and so have texted, or `off`',
    fallback: '5',
    check: countOrOff,
  },
  {
    name: 'PENDING_HOURS',
    about:
      'An order that nobody has confirmed for so long is cancelled, its stock given back and the customer told; or `off`',
    fallback: 'off',
    check: countOrOff,
  },
  {
    name: 'WAITING_MINUTES',
    about: 'An order that is pending for longer is shown to staff as waiting too long',
    fallback: '30',
    check: count,
  },
  {
    name: 'LOW_STOCK',
    about: 'A product whose stock is counted and that has so many or fewer is shown to staff as running out',
    fallback: '5',
    check: count,
  },
  {
    name: 'RETENTION_DAYS',
    about:
      'Texts of messages, providers’ answers and what customers texted are removed after so many days, see docs/privacy.md; or `off`',
    fallback: 'off',
    check: daysOrOff,
  },
  {
    name: 'REQUESTS_PER_CALLER',
    about: 'Requests a minute of one identity, or `off`',
    fallback: '3000',
    check: countOrOff,
  },
  {
    name: 'REQUESTS_PER_ADDRESS',
    about: 'Requests a minute without a good token from one address (IPv6 by /64), or `off`',
    fallback: '1200',
    check: countOrOff,
  },
  {
    name: 'FAILED_TOKENS_PER_ADDRESS',
    about: 'Answers of 401 a minute to one address, or `off`',
    fallback: '120',
    check: countOrOff,
  },
  {
    name: 'EMAILS_PER_MINUTE',
    about: 'E-mails about new orders to one recipient; more are joined into a digest each minute',
    fallback: '20',
    check: count,
  },
  {
    name: 'SMS_PER_NUMBER',
    about: 'SMS an hour to one number; more wait',
    fallback: '20',
    check: count,
  },
  {
    name: 'SMS_COUNTRIES',
    about: 'ISO codes with commas between of the countries that SMS go to, or `any`',
    fallback: 'DEFAULT_REGION in production, else any',
    check: regionsOr('any'),
  },
  {
    name: 'SMS_QUIET_HOURS',
    about: "When only urgent SMS go out, by the customer's clock; or `none`",
    fallback: '21:00-07:00',
    check: hours,
  },
  {
    name: 'SMS_DAILY_BUDGET',
    about: 'Such as KES 5000: past it only answers to customers’ texts go out that day, and staff get an alarm',
    fallback: '',
    check: amount,
  },
  {
    name: 'SMS_LOW_CREDIT',
    about: "Such as KES 500: staff get an e-mail when less is left at Africa's Talking",
    fallback: '',
    check: amount,
  },
];
