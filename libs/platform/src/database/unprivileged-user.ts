import { accessSync, constants } from 'node:fs';

/** User and group `nobody` on every Linux distribution and in containers. */
export const NOBODY = 65534;

/** A command as `child_process.spawn` takes it. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * PostgreSQL refuses to run as root. Where this process is root, returns `command` wrapped so that it
 * runs as {@link NOBODY} but may still pass through folders that only root can enter (a checkout in
 * `/root`, a private temporary folder): `no_setuid_fixup` keeps `access(2)` in line with that.
 * For any other user the command is returned as it is.
 */
export function asUnprivilegedUser(command: Command, uid = process.getuid?.()): Command {
  if (uid !== 0) return command;
  const found = setpriv.find(isExecutable);
  if (!found) {
    throw new Error(
      'PostgreSQL refuses to run as root and setpriv (util-linux) is not installed. ' +
        'Start Thorax as an ordinary user, install util-linux, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  return {
    file: found,
    args: [
      '--securebits=+no_setuid_fixup',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--inh-caps=+dac_read_search',
      '--ambient-caps=+dac_read_search',
      command.file,
      ...command.args,
    ],
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
