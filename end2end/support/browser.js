// Debian's Chromium and the screens and colours we promise to work on.
import { chromium } from 'playwright-core';

/** Screens by name. A new context, and with it a new profile, is made for each visit. */
export const SCREENS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  tablet: { viewport: { width: 1024, height: 768 }, hasTouch: true },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

export const SCHEMES = ['light', 'dark'];

/** Starts Chromium with a fresh user-data folder and nothing that talks to the outside. */
export function launch() {
  return chromium.launch(quiet());
}

/** Starts Chromium with the user-data folder `profile`, as a device that is switched on again. Answers the context. */
export function launchDevice(profile, { args = [], ...look } = {}) {
  const start = quiet();
  return chromium.launchPersistentContext(profile, { ...start, args: [...start.args, ...args], ...SCREENS.tablet, ...look });
}

function quiet() {
  const args = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return { executablePath: process.env.SLIPWAY_CHROMIUM ?? '/usr/bin/chromium', args };
}
