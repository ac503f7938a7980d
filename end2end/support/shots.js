// Pictures for the documentation, taken when SLIPWAY_SCREENSHOTS names a folder (`cargo xtask e2e --screenshots`).
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.env.SLIPWAY_SCREENSHOTS;

/** Takes one, as `name.png`. */
export async function shot(page, name) {
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
