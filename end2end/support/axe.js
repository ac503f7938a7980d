// Accessibility rules of axe-core, run inside the page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Throws when the page has a serious or critical finding; the text names rule, element and reason. */
export async function axe(page, where = page.url()) {
  // Evaluated by the debugger: the page's content security policy stays as strict as it is.
  await page.evaluate(source);
  const result = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), TAGS);
  const bad = result.violations.filter((it) => it.impact === 'serious' || it.impact === 'critical');
  if (bad.length === 0) return;
  const lines = bad.flatMap((rule) =>
    rule.nodes.slice(0, 5).map((node) => `  ${rule.impact} ${rule.id}: ${node.target.join(' ')}\n    ${node.failureSummary.replaceAll('\n', ' ')}`),
  );
  throw new Error(`axe on ${where}:\n${lines.join('\n')}`);
}
