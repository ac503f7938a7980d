// Something between the browser and the server that spoils single answers.
import { createServer, request } from 'node:http';

/** Listens on `port` and passes everything to the server at `target`, but answers 500 where `broken(path)` says so. */
export async function faultyProxy(port, target, broken) {
  const proxy = createServer((asked, answer) => {
    if (broken(asked.url)) {
      answer.writeHead(500, { 'content-type': 'text/plain' }).end('spoilt on purpose');
      return;
    }
    const onward = request(target + asked.url, { method: asked.method, headers: asked.headers }, (given) => {
      answer.writeHead(given.statusCode, given.rawHeaders);
      given.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  return {
    async close() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
