// Other times than now, for a server and for the pages of a browser. Slipway has no way to set its clock, on purpose: the
// library that Debian has for this stands between the server and the time of the system.

/** The environment of a server whose clock goes on from `moment` (ISO 8601), for `startServer`. */
export function clockFrom(moment) {
  return {
    LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
    FAKETIME: `@${new Date(moment).toISOString().slice(0, 19).replace('T', ' ')}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    TZ: 'UTC',
  };
}

/** The clock of every page of a browser goes on from `moment`. */
export function setClock(context, moment) {
  return context.clock.setSystemTime(new Date(moment));
}
