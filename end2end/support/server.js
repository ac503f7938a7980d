// A real `slipway serve` on a free port with a data folder of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 120_000; // an unoptimised server fills the demo estate on first start
const STOPPED_WITHIN_MS = 10_000;

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run the journeys with \`cargo xtask e2e\``);
  return value;
}

/** A port of this machine that nobody listens on. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Runs one command of the binary to its end: `{status, stdout, stderr}`. */
export async function slipway(args, { input } = {}) {
  const child = spawn(needed('SLIPWAY_BIN'), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  child.stdin.end(input ?? '');
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, stdout, stderr };
}

/**
 * Starts a server. `demo`: with the demo estate. `prepare(dataFolder)`: runs before the start, for
 * example to add a user by command line. `data`, `port`, `site`, `env`: to start again what ran before; a folder
 * given is not removed. Answers `{url, output(), stop(), kill()}`.
 */
export async function startServer({ demo = false, prepare, data: given, port: wanted, site, env: more } = {}) {
  const data = given ?? (await mkdtemp(join(tmpdir(), 'slipway-e2e-')));
  await prepare?.(data);
  const port = wanted ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const args = ['serve', '--data', data, '--listen', `127.0.0.1:${port}`];
  if (demo) args.push('--demo');
  const env = { ...process.env, SLIPWAY_SITE: site ?? needed('SLIPWAY_SITE'), ...more };
  const child = spawn(needed('SLIPWAY_BIN'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });

  let output = '';
  let ended;
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const end = new Promise((resolve) => {
    child.once('error', (error) => resolve((ended = `could not start: ${error.message}`)));
    child.once('close', (code, signal) => resolve((ended = signal ?? code)));
  });

  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (ended !== undefined) throw new Error(`the server ended (${ended}) before it was ready:\n${output}`);
    const ready = await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) break;
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the server was not ready within ${READY_WITHIN_MS} ms:\n${output}`);
    }
    await sleep(50);
  }

  return {
    url,
    output: () => output,
    /** Asks the server to stop, as an operator would; it must do so in time and without complaint. */
    async stop() {
      child.kill('SIGTERM');
      const late = sleep(STOPPED_WITHIN_MS, 'late', { ref: false });
      if ((await Promise.race([end, late])) === 'late') child.kill('SIGKILL');
      const how = await end;
      if (!given) await rm(data, { recursive: true, force: true });
      if (how !== 0) throw new Error(`the server did not stop cleanly on SIGTERM (${how}):\n${output.slice(-4000)}`);
    },
    /** Ends the server as a power failure would. */
    async kill() {
      child.kill('SIGKILL');
      await end;
    },
  };
}
