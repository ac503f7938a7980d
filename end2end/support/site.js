// The built site as files: what a build consists of, and copies that are another build.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `manifest.json` of the site the journeys serve. */
export async function manifest(folder = process.env.SLIPWAY_SITE) {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
}

/** A copy of the site with another stylesheet, and with it another build. Answers `{folder, css}`. */
export async function anotherBuild(mark) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-site-'));
  await cp(process.env.SLIPWAY_SITE, folder, { recursive: true });
  const built = await manifest(folder);
  const before = built.css;
  const text = `${await readFile(join(folder, before), 'utf8')}\n:root{--mark:"${mark}"}`;
  for (const twin of ['', '.br', '.gz']) await rm(join(folder, before + twin), { force: true });
  built.css = `/pkg/main.${mark}.css`;
  const sha256 = createHash('sha256').update(text).digest('hex');
  built.files = built.files.map((file) => (file.url === before ? { url: built.css, sha256, hashed: true, offline: true, bytes: text.length } : file));
  await writeFile(join(folder, built.css), text);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(built));
  return { folder, css: built.css };
}
