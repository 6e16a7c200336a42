/** What the tests can have on this machine: each tier, and what is missing with the command that gets it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { missingS3 } from './s3.ts'

export const tierNames = ['samples', 'kafka', 'peers', 'browser', 'mail', 'clock', 's3'] as const
export type Tier = (typeof tierNames)[number]

const beside = (path: string): string | undefined => {
  const full = fileURLToPath(new URL(`../../shared/${path}`, import.meta.url))
  return existsSync(full) ? full : undefined
}

/** Real alerts and packets, where they lie beside the checkout. */
export const samplesDir = beside('samples')
/** The IVOA's XSDs and the surveys' Avro schemas, where they lie beside the checkout. */
export const referenceDir = beside('reference')

/** Where Chromium is, if anywhere. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

/** The library that sets a process's wall clock, if it is there. */
export const faketimePath = (existsSync('/usr/lib') ? readdirSync('/usr/lib') : [])
  .map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
  .find(existsSync)

/** Where Postfix is, if anywhere. */
export const postfixPath = ['/usr/sbin/postfix', '/sbin/postfix'].find(existsSync)

/** Why a tier is missing and how to get it; undefined when it is there. */
export function missingTier(tier: Tier): string | undefined {
  switch (tier) {
    case 'samples':
      return samplesDir && referenceDir ? undefined : 'no real alerts beside this checkout (../shared/samples)'
    case 'kafka':
      if (process.env.KAFKA_BROKERS) return undefined
      return answers('java', '-version') && answers('mvn', '--version')
        ? undefined
        : 'no Java or no Maven for a real Apache Kafka: `apt-get install openjdk-17-jdk-headless maven`, or set KAFKA_BROKERS'
    case 'peers':
      return answers('python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))')
        ? undefined
        : 'no Python 3.11 with venv for Comet and its kind: `apt-get install python3 python3-venv`'
    case 's3':
      return missingS3()
    case 'browser':
      return chromiumPath ? undefined : 'no Chromium: `apt-get install chromium`'
    case 'mail':
      if (!postfixPath) return 'no Postfix: `apt-get install postfix` (its own service need not run)'
      // Postfix changes users for its parts.
      return process.getuid?.() === 0 ? missingTier('peers') : 'Postfix starts as root only'
    case 'clock':
      return faketimePath ? undefined : 'no libfaketime to set clocks with: `apt-get install faketime`'
  }
}

function answers(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
