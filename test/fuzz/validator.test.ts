import { openValidator } from '../../vo/validate.ts'
import { mutatePacket, packets } from './corpus.ts'
import { fuzz } from './fuzz.ts'

fuzz('validator', async () => {
  const documents = packets()
  const validator = await openValidator()
  return {
    make: (random) => mutatePacket(random, documents),
    run(input) {
      const { valid, issues } = validator.validate(input)
      const errors = issues.filter(({ severity }) => severity === 'error')
      if (valid !== (errors.length === 0)) throw new Error('valid, with errors')
      for (const { message } of issues) if (message.length > 20_000) throw new Error('a message without end')
      return valid ? 'valid' : errors[0]!.code
    },
    meets: [/^valid/m, /^XSD_/m, /^XML_NOT_WELL_FORMED/m],
    close: async () => validator.dispose(),
  }
})
