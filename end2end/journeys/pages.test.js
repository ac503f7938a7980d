// Every page in light and dark, on desktop and tablet: no serious accessibility finding, no sideways scroll,
// a heading and a title; and on touch screens targets large enough for a glove's finger.
import assert from 'node:assert/strict';
import { axe } from '../support/axe.js';
import { SCHEMES } from '../support/browser.js';
import { house, settled } from '../support/house.js';
import { demo } from '../support/people.js';
import { addStep, registerDraft } from '../support/plan.js';

const { journey } = house({ demo: true });

const PAGES = [
  '/',
  '/releases',
  '/releases?view=drafts',
  '/releases/new',
  '/cmdb',
  '/cmdb?q=there-is-no-such-thing',
  '/cmdb/ci/ham1-1-a01',
  '/cmdb/ci/ham1-1-a01-sw-a',
  '/cmdb/ci/ham1-1-a01-sw-a?why=ham1-1-a01',
  '/cmdb/ci/ham1-1-a01-sw-a?tab=picture',
  '/cmdb/ci/ham1-1-a01-sw-a?tab=history',
  '/schedule',
  '/schedule?week=2031-03-01',
  '/impact',
  '/impact?down=ham1-1-a01-pdu-a&down=ham1-1-a01-pdu-b',
  '/registers/changes',
  '/registers/changes/CHG-1042',
  '/registers/media',
  '/import',
  '/account',
  '/admin',
  '/admin/webhooks',
  '/admin/mail',
  '/no/such/page',
];

/** Pages of one release. */
const OF_RELEASE = ['', '?tab=impact', '?tab=record', '?tab=links', '?tab=history', '/print', '/run'];

for (const scheme of SCHEMES) {
  for (const screen of ['desktop', 'tablet', 'phone']) {
    journey(`every page, ${scheme}, ${screen}`, { as: demo.author, scheme, screen }, async ({ page }) => {
      const release = await registerDraft(page, { title: `Looked at in ${scheme} on a ${screen}` });
      await addStep(page, 'Opened, so that its fields are looked at too');
      await axe(page, `an open step (${scheme}, ${screen})`);
      for (const at of [...PAGES, ...OF_RELEASE.map((it) => release + it)]) {
        await page.goto(at);
        await settled(page);
        const where = `${at} (${scheme}, ${screen})`;
        assert.match(await page.title(), / · Slipway$/, where);
        assert.equal(await page.locator('h1').count(), 1, where);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(overflow <= 0, `${where} scrolls sideways by ${overflow} px`);
        await axe(page, where);
      }
    });
  }
}

journey('on a tablet every control is at least 44 pixels high', { as: demo.author, screen: 'tablet' }, async ({ page }) => {
  for (const at of ['/', '/releases', '/releases/new', '/cmdb']) {
    await page.goto(at);
    await settled(page);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('main button, main select, main input:not([type=radio]):not([type=checkbox]):not([type=file]), nav a:not([aria-hidden])')]
        .filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 44)
        .map((it) => `${it.tagName} ${(it.textContent || it.getAttribute('aria-label') || it.id).trim().slice(0, 30)} ${Math.round(it.getBoundingClientRect().height)}px`),
    );
    assert.deepEqual(small, [], at);
  }
});
