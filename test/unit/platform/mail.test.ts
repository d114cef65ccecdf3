import { expect, test } from 'vitest';
import { createMailer, MailError, type Mailer } from '#platform/mail/mail';
import { atEnd } from '#test/support/at-end';
import { tcpReceiver } from '#test/support/receiver';

const mail = { id: 'dlv_1', to: 'night@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };
const never = new AbortController().signal;

function mailerTo(url: string): Mailer {
  const mailer = createMailer({ url: url.replace('http:', 'smtp:'), from: 'Millrace <millrace@example.com>' });
  if (mailer === null) throw new Error('There is a mailer.');
  atEnd(() => mailer.close());
  return mailer;
}

/** A mail server that says what it is told to: its greeting, and its reply to a command. */
const speaks = (greeting: string, replies: Readonly<Record<string, string>> = {}) =>
  tcpReceiver((socket) => {
    socket.write(`${greeting}\r\n`);
    socket.on('data', (lines) => {
      const command = Object.keys(replies).find((known) => lines.toString().startsWith(known));
      socket.write(`${command === undefined ? '250 ok' : (replies[command] ?? '')}\r\n`);
    });
  });

const failure = (mailer: Mailer): Promise<MailError> =>
  mailer.send(mail, never).then(
    () => Promise.reject(new Error('It was sent.')),
    (error: unknown) => error as MailError,
  );

test('a server that is not there is told without its address, and may come back', async () => {
  const there = await tcpReceiver(() => undefined);
  await there.close();
  const error = await failure(mailerTo(there.url));
  expect(error).toBeInstanceOf(MailError);
  expect(error).toMatchObject({ message: 'The mail server could not be used: ESOCKET.', replyCode: null, permanent: false });
  // For the operator's log.
  expect((error.cause as Error).message).toContain('ECONNREFUSED');
});

test('a server that refuses Millrace itself says nothing about the mail, and its own words are not told', async () => {
  const there = await speaks('554 mx7.internal.example.com: go away');
  const error = await failure(mailerTo(there.url));
  expect(error).toMatchObject({ message: 'The mail server could not be used: EPROTOCOL.', replyCode: 554, permanent: false });
});

test('a refused sender is for the operator to mend; a refused receiver is final, and told', async () => {
  const sender = await speaks('220 ready', { 'MAIL FROM': '550 5.7.1 Sender unknown' });
  expect(await failure(mailerTo(sender.url))).toMatchObject({ replyCode: 550, permanent: false });
  const to = await speaks('220 ready', { 'RCPT TO': '550 5.1.1 No such user here' });
  const error = await failure(mailerTo(to.url));
  expect(error).toMatchObject({ replyCode: 550, permanent: true });
  expect(error.message).toContain('No such user here');
});

test('a mail whose sender does not wait any more has failed at once', async () => {
  const there = await tcpReceiver(() => undefined);
  const ending = new AbortController();
  const sent = mailerTo(there.url).send(mail, ending.signal);
  ending.abort();
  await expect(sent).rejects.toBeInstanceOf(MailError);
});
