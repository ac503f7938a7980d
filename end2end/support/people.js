// People the journeys sign in as: made on the command line, or those the demo prints.
import { slipway } from './server.js';

/** An administrator for a server without the demo estate. */
export const ADMIN = { login: 'admin', password: 'correct horse battery staple' };

/** For `house({prepare})`: adds ADMIN to the data folder. */
export function addAdmin(data) {
  return add(ADMIN, data, '--admin');
}

/** The same, and GUEST. */
export async function addAdminAndGuest(data) {
  await addAdmin(data);
  await add(GUEST, data);
}

async function add({ login, password }, data, ...more) {
  const args = ['user', 'add', login, '--password-stdin', '--data', data, ...more];
  const { status, stderr } = await slipway(args, { input: `${password}\n` });
  if (status !== 0) throw new Error(`slipway user add ended with ${status}: ${stderr}`);
}

/** Somebody who may only look at the CMDB. */
export const GUEST = { login: 'guest', password: 'nobody gave me more rights' };

/** People of the demo estate, by what they may do. `slipway serve --demo` prints them on its first start. */
const PASSWORD = 'slipway-demo';
export const demo = {
  /** Drafts and decides, keeps the CMDB. */
  author: { login: 'jonas', password: PASSWORD },
  /** Drafts. */
  colleague: { login: 'priya', password: PASSWORD },
  /** Drafts and carries out. */
  runner: { login: 'aiko', password: PASSWORD },
  /** Carries out. */
  technician: { login: 'sam', password: PASSWORD },
  /** May edit drafts of others, too. */
  editor: { login: 'ines', password: PASSWORD },
  /** The same, as the requester of a release: authorises, accepts and closes. */
  requester: { login: 'ines', password: PASSWORD },
  /** Tests. */
  tester: { login: 'elena', password: PASSWORD },
  /** May do everything, and asks why others may not. */
  admin: { login: 'mara', password: PASSWORD },
};
