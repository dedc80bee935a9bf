// Owns the facts about texts that ask for no more SMS, and those that only hold a word of it.

import { expect, test } from 'vitest';
import { parseSmsCommand } from '../../src/conversations/sms-command.ts';
import { orderCode } from '../../src/orders/order-code.ts';

const code = orderCode(123_456);
const none = { kind: 'none' };

test.each([
  ...[
    'STOP',
    'stop',
    'Stop.',
    'STOP!!!',
    ' stop ',
    'S T O P',
    'STOP STOP STOP',
    'Ｓｔｏｐ',
    'STÓP',
    '"STOP"',
    'stop\n',
  ],
  ...['STOPALL', 'Stop all', 'QUIT', 'quit', 'END', 'End.', 'Unsubscribe', 'opt out', 'Opt-out', 'OPTOUT', 'Remove me'],
  ...[
    'please stop',
    'Stop please',
    'pls stop',
    'STOP, thank you',
    'Kindly stop now',
    'Hi, please stop. Thanks',
    'ok stop',
  ],
  ...['AGIZO STOP', 'STOP 22384', 'stop to 22384 sms', 'Please unsubscribe me from these messages'],
  ...[
    'stop sending me these',
    'Stop sending me messages!',
    'Stop texting me',
    'stop the sms',
    'STOP SMS',
    'stop all messages',
  ],
  ...[
    'Please stop sending texts to my phone',
    'I want to stop receiving SMS',
    'end sms',
    'cancel sms',
    'Cancel my subscription',
  ],
  ...[
    "don't text me",
    "Don't send me messages",
    'do not send me any more sms',
    'No more SMS please',
    'no more messages',
  ],
  ...["I don't want these messages", 'I dont want sms', 'I do not need your updates anymore'],
])('"%s" ends SMS', (text) => {
  expect(parseSmsCommand(text)).toEqual({ name: 'stop', language: 'en', order: none });
});

test.each([
  ...[
    'SIMAMA',
    'Simama tafadhali',
    'ACHA',
    'acha',
    'Acheni',
    'SITAKI',
    'Sitaki tena',
    'Sitaki, asante',
    'koma',
    'AGIZO ACHA',
  ],
  ...['Acha kunitumia SMS', 'acheni kunitumia ujumbe', 'Sitaki sms zenu', 'sitaki ujumbe wenu'.replace('wenu', 'zenu')],
  ...['Tafadhali acha kutuma meseji', 'msinitumie sms tena', 'Futa SMS zote'],
])('"%s" ends SMS, in Swahili', (text) => {
  expect(parseSmsCommand(text)).toEqual({ name: 'stop', language: 'sw', order: none });
});

test.each([
  ...['Stop my order', 'Stop by my house at 5 please', 'stop it', 'Stop this', 'stop the order', 'STOP MY DELIVERY'],
  ...[
    `stop order ${code}`,
    `Stop ${code}`,
    'Can you stop by the gate?',
    'please stop at the shop',
    'I want to stop my order',
  ],
  ...[
    "Don't stop",
    'Do not stop sending me SMS',
    "please don't stop the messages",
    'How do I stop?',
    'Meet me at the bus stop',
  ],
  ...[
    'Stop calling me',
    'End my order',
    'quit my order',
    'Why have you stopped?',
    'How do I unsubscribe?',
    'How to opt out?',
  ],
  ...[
    'Acha agizo langu',
    'Sitaki agizo hili',
    'Simama hapo nje',
    'acha nyumbani kwangu',
    'STOP the rider',
    'stop sending the goods',
  ],
])('"%s" may: it is asked what shall stop', (text) => {
  expect(parseSmsCommand(text)).toBe('unclear-stop');
});
