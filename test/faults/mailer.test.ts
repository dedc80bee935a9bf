// Owns the facts about mail servers that close the connection: each try is one, and only what may have arrived is in doubt.

import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createMailer, type Mailer } from '../../src/sending/mailer.ts';

let server: Server;
let mailer: Mailer;
afterEach(() => {
  mailer.close();
  server.close();
});

/** Answers each line; undefined closes. After DATA, the lines up to the dot are one. */
async function serve(answer: (line: string, socket: Socket) => string | undefined): Promise<string[]> {
  const heard: string[] = [];
  server = createServer((socket) => {
    let isContent = false;
    let text = '';
    const say = (line: string) => {
      heard.push(line);
      const reply = answer(line, socket);
      isContent = reply?.startsWith('354') ?? false;
      if (reply === undefined) socket.destroy();
      else socket.write(`${reply}\r\n`);
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += String(chunk);
      const ends = () => text.indexOf(isContent ? '\r\n.\r\n' : '\r\n');
      for (let end = ends(); end >= 0; end = ends()) {
        const line = isContent ? 'content' : text.slice(0, end);
        text = text.slice(end + (isContent ? 5 : 2));
        isContent = false;
        say(line);
      }
    });
    say('connected');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  mailer = createMailer(`smtp://127.0.0.1:${port}`, 'Agizo <orders@agizo.test>');
  return heard;
}

const usual = (line: string): string =>
  line === 'connected' ? '220 hello' : line === 'DATA' ? '354 go on' : line === 'QUIT' ? '221 bye' : '250 OK';
const email = (id: string) => ({ id, to: 'staff@agizo.test', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' });
const count = (heard: string[], start: string) => heard.filter((line) => line.startsWith(start)).length;

test('a server that closes before it greets was not reached, once', async () => {
  const heard = await serve(() => undefined);
  expect(await mailer.send(email('a'))).toMatchObject({ kind: 'unavailable' });
  expect(heard).toEqual(['connected']);
});

test('a connection that is closed before the message goes out was no try of it', async () => {
  let begun = 0;
  const heard = await serve((line) => {
    if (line.startsWith('MAIL')) begun += 1;
    return line.startsWith('MAIL') && begun === 2 ? undefined : usual(line);
  });
  expect(await mailer.send(email('a'))).toMatchObject({ kind: 'accepted' });
  expect(await mailer.send(email('b'))).toMatchObject({ kind: 'unavailable' });
  expect([count(heard, 'MAIL'), count(heard, 'content')]).toEqual([2, 1]);
});

test.each([1, 2])(
  'a connection that is closed after message %i is in doubt about it, and not tried again',
  async (which) => {
    let contents = 0;
    const heard = await serve((line) => {
      if (line === 'content') contents += 1;
      return line === 'content' && contents === which ? undefined : usual(line);
    });
    for (let before = 1; before < which; before += 1) await mailer.send(email(`before-${before}`));
    expect(await mailer.send(email('a'))).toMatchObject({ kind: 'ambiguous' });
    expect(count(heard, 'content')).toBe(which);
  },
);
