/** A small program that keeps what it is given, and misbehaves as it is told. Its records are files in a folder. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MisbehavingServer } from '../bridges/contract.ts'

/** Runs under any /bin/sh. `cat` to a file of its own and a rename: a record is there whole or not at all. */
const program = `#!/bin/sh
cd "$STATE" || exit 99
: > "began.$$"; : > "running.$$"
ls | grep -c '^running' > "peak.$$"
how=$(cat how)
take() { cat > "new.$$" && mv "new.$$" "got.$(date +%s%N).$$"; }
stubborn() { trap '' TERM; while :; do sleep 600; done; }
case "$how" in
  reject) cat > /dev/null; echo "no such thing $SECRET" >&2; rm "running.$$"; exit 3 ;;
  later | busy) cat > /dev/null; echo "come again"; rm "running.$$"; exit 75 ;;
  fails) take; kill -KILL $$ ;;
  garbage) take; head -c 300 /dev/zero | tr '\\0' '\\377'; kill -SEGV $$ ;;
  drip) take; for word in slow ly now; do printf %s "$word"; done ;;
  hang-before) stubborn ;;
  hang-after) take; stubborn ;;
  die-after) take; kill -KILL $$ ;;
  *) take; echo taken ;;
esac
rm "running.$$"
`

export interface CommandServer extends MisbehavingServer {
  readonly path: string
  readonly folder: string
}

export function commandServer(): CommandServer {
  const folder = mkdtempSync(join(tmpdir(), 'fountain-exec-'))
  const path = join(folder, 'program')
  writeFileSync(path, program)
  chmodSync(path, 0o755)
  writeFileSync(join(folder, 'how'), 'accept')
  const files = (prefix: string) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(prefix)) : []
  return {
    path,
    folder,
    behave: (how) => writeFileSync(join(folder, 'how'), how),
    received: () =>
      files('got.')
        .sort()
        .map((name) => readFileSync(join(folder, name))),
    begun: () => files('began.').length,
    connections: () => files('began.').filter((name) => isAlive(Number(name.split('.')[1]))).length,
    peak: () => Math.max(0, ...files('peak.').map((name) => Number(readFileSync(join(folder, name), 'utf8')))),
    async stop() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
