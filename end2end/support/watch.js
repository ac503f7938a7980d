// What goes wrong in a page without anybody looking: console errors, exceptions, failed requests.

/** Watches `page`; answers `{allow(), outage(), problems()}`. */
export function watch(page) {
  const problems = [];
  const allowed = [];

  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    // Chromium writes this for every 4xx and 5xx; those are judged below, with their address.
    if (message.text().startsWith('Failed to load resource')) return;
    problems.push({ text: `console: ${message.text()}`, url: message.text(), status: 'console' });
  });
  page.on('pageerror', (error) => problems.push({ text: `exception: ${error.stack ?? error.message}` }));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'unknown';
    // The browser gives up requests of a page that is left; that is no failure.
    if (reason === 'net::ERR_ABORTED') return;
    problems.push({ text: `${request.method()} ${request.url()}: ${reason}`, url: request.url(), status: reason });
  });
  page.on('response', (response) => {
    if (response.status() < 400) return;
    const request = response.request();
    const text = `${request.method()} ${response.url()}: ${response.status()}`;
    problems.push({ text, url: response.url(), status: response.status() });
  });

  function allow(status, part = '') {
    allowed.push({ status, part });
  }

  return {
    /**
     * This journey provokes `status` (a number, or text such as net::ERR_INTERNET_DISCONNECTED) at addresses that contain `part`;
     * or with 'console' a line that contains it.
     */
    allow,
    /** This journey takes the network away: what is on its way then fails. */
    outage() {
      for (const reason of ['net::ERR_INTERNET_DISCONNECTED', 'net::ERR_NETWORK_CHANGED', 'net::ERR_FAILED']) allow(reason);
    },
    problems() {
      const expected = (it) => allowed.some(({ status, part }) => it.status === status && it.url.includes(part));
      return problems.filter((it) => !expected(it)).map((it) => it.text);
    },
  };
}
