import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { FountainError } from '../errors.ts'

/** The data directory of a running gateway: named, or by its configuration (which needs no secrets for this). */
export function dataDirectory(options: { readonly config?: string; readonly data?: string }): string {
  if (options.data !== undefined) return options.data
  const file = options.config ?? 'fountain.yaml'
  try {
    const { data = './data' } = parse(readFileSync(file, 'utf8')) as { data?: string }
    return join(dirname(file), data)
  } catch (cause) {
    throw new FountainError(
      'CONFIG_UNREADABLE',
      `${file}: ${(cause as Error).message}; name it with -c, or the directory with --data`,
      { cause },
    )
  }
}
