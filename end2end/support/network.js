// A TCP proxy between the browser and the server that breaks the network the way networks break: nobody answers,
// packets vanish, a connection is cut in the middle, a guest portal answers instead, everything is slow.
import { connect, createServer } from 'node:net';

const PORTAL = '<!doctype html><title>Guest network</title><h1>Please accept our terms</h1>';

/**
 * Starts a proxy to `target()` ({host, port}), which may change while it runs. Answers `{url, port, fault(kind,
 * options), seen(), close()}`.
 */
export async function startProxy(target, { port = 0 } = {}) {
  const sockets = new Set();
  let fault = { kind: 'none' };
  let seen = [];

  const server = createServer((client) => {
    keep(client);
    const whole = fault.only ? 'none' : fault.kind;
    if (whole === 'refuse') return client.resetAndDestroy();
    if (whole === 'portal') return client.once('data', () => client.end(portal()));
    if (whole === 'blackhole') return client.resume();
    relay(client);
  });

  function keep(socket) {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  /** Between one browser connection and one of the server's; rules are looked up for each piece of data. */
  function relay(client) {
    const upstream = connect(target());
    keep(upstream);
    let answered = 0; // bytes of the answer since the last request
    let cutting = false;
    let swallowed = false; // its request: what is left of that comes in pieces of its own
    client.on('data', (data) => {
      if (swallowed) return;
      const line = data.toString('latin1', 0, 200).split('\r\n', 1)[0];
      const [, method, path] = line.match(/^([A-Z]+) (\S+) HTTP\/1/) ?? [];
      const blocked = path && fault.only && fault.only.some((part) => path.startsWith(part));
      if (path) {
        seen.push(`${method} ${path}`);
        answered = 0;
        cutting = fault.kind === 'cut' && (!fault.only || blocked);
      }
      if (path && fault.refuse?.some((part) => path.startsWith(part))) return client.resetAndDestroy();
      const hit = path && (!fault.only || blocked);
      if (fault.kind === 'refuse' && hit) return client.resetAndDestroy();
      if (fault.kind === 'portal' && hit) return client.end(portal());
      if (fault.kind === 'answer' && hit) return client.end(reply('application/json', JSON.stringify(fault.body), 'x-sync-proto: 2\r\n'));
      swallowed = fault.kind === 'blackhole' && (!fault.only || blocked);
      if (swallowed) return;
      later(() => upstream.write(data));
    });
    upstream.on('data', (data) => {
      if (fault.kind === 'blackhole' && !fault.only) return;
      if (cutting) {
        const room = fault.after - answered;
        answered += data.length;
        if (data.length > room) {
          if (room > 0) client.write(data.subarray(0, room));
          fault.times -= 1;
          if (fault.times <= 0) fault = { kind: fault.then ?? 'none', only: fault.thenOnly };
          // The server has done what it was asked; only its answer is lost.
          client.resetAndDestroy();
          upstream.destroy();
          return;
        }
      }
      later(() => client.write(data));
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }

  function later(step) {
    if (fault.kind === 'slow') setTimeout(step, fault.ms);
    else step();
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const own = server.address().port;

  return {
    port: own,
    url: `http://127.0.0.1:${own}`,
    /**
     * From now on: `none`, `refuse`, `blackhole`, `portal`, `slow` (`ms` each way), `answer` (`body`, as a server of
     * another version would give it, to paths in `only`), or `cut` (the answer ends after `after` bytes, `times`
     * times, `then` another kind, limited to `thenOnly`). `only`: a list of path prefixes it is
     * limited to; `refuse`: prefixes that nobody answers meanwhile. A rule for everything also ends the connections
     * that are open.
     */
    fault(kind, { after = 0, times = 1, then, thenOnly, only, refuse, body, ms = 200 } = {}) {
      fault = { kind, after, times, then, thenOnly, only, refuse, body, ms };
      // A kept connection would carry on under the old rule, a poke stream above all.
      if (kind !== 'slow' && kind !== 'blackhole') for (const socket of sockets) socket.destroy();
    },
    /** The requests since the last call, as `POST /sync/v1/push`. */
    seen() {
      const now = seen;
      seen = [];
      return now;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portal() {
  return reply('text/html', PORTAL);
}

function reply(type, body, headers = '') {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${headers}content-length: ${length}\r\nconnection: close\r\n\r\n${body}`;
}
