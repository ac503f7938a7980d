// An administrator writes the words of a mail, tries the mail server out, and reads in the log what was sent.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after } from 'node:test';
import { axe } from '../support/axe.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { shot } from '../support/shots.js';
import { ask, command, draftFor } from '../support/workflow.js';

/** A mail server that takes every mail, but for those to `refused`. */
const post = { got: [], refused: undefined };
const smtp = createServer((socket) => {
  let text = '';
  let mail;
  const say = (line) => socket.write(`${line}\r\n`);
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    text += bytes;
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      if (mail?.lines) {
        if (line !== '.') mail.lines.push(line);
        else {
          post.got.push({ to: mail.to, text: mail.lines.join('\n') });
          mail = undefined;
          say('250 taken');
        }
      } else if (line.startsWith('RCPT')) {
        mail = { to: line.slice('RCPT TO:<'.length, -1) };
        say(mail.to === post.refused ? '550 no such box' : '250 ok');
      } else if (line === 'DATA') {
        mail.lines = [];
        say('354 go on');
      } else if (line === 'QUIT') socket.end('221 bye\r\n');
      else say('250 ok');
    }
  });
  say('220 mail.example.com');
});
await new Promise((resolve) => smtp.listen(0, '127.0.0.1', resolve));
after(() => smtp.close());

const env = {
  SLIPWAY_SMTP: `smtp://127.0.0.1:${smtp.address().port}`,
  SLIPWAY_SMTP_PLAIN: 'true',
  SLIPWAY_MAIL_FROM: 'Slipway <slipway@example.com>',
  SLIPWAY_PUBLIC_URL: 'https://slipway.example.com/',
};
const { journey } = house({ demo: true, env });

for (const [screen, scheme] of [['desktop', 'light'], ['tablet', 'dark']]) {
  journey(`the words of a mail, a test and the log, ${screen}, ${scheme}`, { as: demo.admin, at: '/admin', screen, scheme }, async ({ page, first }) => {
    const name = `Told on a ${screen}`;
    const at = await draftFor(page, { title: `Switches by ${screen}`, requester: demo.requester });
    await page.goto('/admin/mail-templates/new');
    await settled(page);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Subject').fill('{numbr}: {title}');
    first.allow(422, '/api/v1/admin/mail-templates');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('`{numbr}` is not a placeholder').first().waitFor();
    await axe(page, 'a template with a wrong placeholder');
    await shot(page, `mail-template-wrong-${screen}-${scheme}`);
    await page.getByLabel('Subject').fill('{number}: {title}');
    await page.getByLabel('Number of a release').fill(at.split('/').pop());
    await page.getByRole('button', { name: 'Show it' }).click();
    await page.getByText(`: Switches by ${screen}`).first().waitFor();
    await shot(page, `mail-template-${screen}-${scheme}`);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    await axe(page, 'a template');

    await page.goto('/admin/types/standard');
    await settled(page);
    await page.getByRole('button', { name: 'Add to Templates' }).click();
    await axe(page, 'a type with a template');
    await shot(page, `mail-type-${screen}-${scheme}`);
    const groups = await ask(page, 'GET', '/api/v1/admin/groups');
    await page.goto(`/admin/groups/${groups.items[0].id}`);
    await settled(page);
    await page.getByLabel('when it is its turn').check();
    await axe(page, 'a group with its mails');
    await shot(page, `mail-group-${screen}-${scheme}`);
    await page.goto('/admin/mail');
    await page.getByRole('heading', { level: 1, name: 'Mail', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Send me a test mail' }).click();
    await page.getByText('The mail server took a mail to').waitFor();
    assert.ok(post.got.some((mail) => mail.to === `${demo.admin.login}@example.com`));

    post.refused = `${demo.requester.login}@example.com`;
    await command(page, at, { command: 'submit' });
    const lost = page.getByRole('row').filter({ hasText: '550 no such box' });
    await look(page, lost.first());
    // The counts may be of a moment before the list.
    await look(page, page.getByText('1 mail was given up'));
    await axe(page, 'the log with a mail that was given up');
    await shot(page, `mail-log-${screen}-${scheme}`);
    post.refused = undefined;
    await page.getByLabel('State').selectOption('given_up');
    await lost.first().getByRole('button', { name: 'again' }).click();
    await page.getByText('In line again').waitFor();
    await page.getByLabel('State').selectOption('sent');
    // The row of before stays on the page until the filter is answered.
    const row = page.getByRole('row').filter({ hasText: `Switches by ${screen}` }).filter({ has: page.locator('.ui-badge', { hasText: 'sent' }) });
    await look(page, row.first());
    const mail = post.got.find((mail) => mail.to === `${demo.requester.login}@example.com` && mail.text.includes(at.split('/').pop()));
    assert.ok(mail, 'the requester has it');

    // The switches of the release.
    await page.goto(`${at}?tab=record`);
    await settled(page);
    const each = page.getByLabel('at each action');
    assert.ok(await each.isChecked());
    await each.uncheck();
    await page.reload();
    await settled(page);
    assert.ok(!(await each.isChecked()));
    await each.scrollIntoViewIfNeeded();
    await shot(page, `mail-switches-${screen}-${scheme}`);
  });
}

journey('for others there is nothing to see', { as: demo.technician, at: '/admin/mail' }, async ({ page }) => {
  await page.getByText('Not for your account').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Send me a test mail' }).count(), 0);
  await axe(page, 'no permission');
});

/** Looks again until it is there. */
async function look(page, it) {
  for (let tries = 0; tries < 60 && (await it.count()) === 0; tries += 1) {
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.waitForTimeout(250);
  }
  await it.waitFor({ timeout: 1_000 });
}
