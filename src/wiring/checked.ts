import type { z } from 'zod'
import { FountainError } from '../errors.ts'
import type { ControlHandler } from '../record/control.ts'

/** A control handler whose arguments are held to a schema; those that do not fit are USAGE. */
export function checked<Args extends z.ZodType>(
  schema: Args,
  run: (args: z.output<Args>) => Promise<unknown>,
): ControlHandler {
  return async (args) => {
    const result = schema.safeParse(args)
    if (!result.success)
      throw new FountainError(
        'USAGE',
        result.error.issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`).join('; '),
      )
    return run(result.data)
  }
}
