import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { withEnvironment } from '../config.ts'
import { FountainError } from '../errors.ts'

/** The data directory of a running gateway: named, or by its configuration (which needs no secrets for this). */
export function dataDirectory(options: { readonly config?: string; readonly data?: string }): string {
  if (options.data !== undefined) return options.data
  const file = options.config ?? 'fountain.yaml'
  try {
    const { data = './data' } = (parse(readFileSync(file, 'utf8')) ?? {}) as { data?: string }
    return resolve(dirname(file), withEnvironment(String(data), process.env))
  } catch (cause) {
    if (cause instanceof FountainError) throw cause
    throw new FountainError(
      'CONFIG_UNREADABLE',
      `${file}: ${(cause as Error).message}; name it with -c, or the directory with --data`,
      { cause },
    )
  }
}
