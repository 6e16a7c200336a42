/** A real broker that refuses: what the commands say of it, and that the password is in none of it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fountain, scratch, startFountain } from '../cli/run-cli.ts'
import { until } from '../gateway-process.ts'
import { describeTier } from '../tiers.ts'
import { makeTopic, type TestBroker, testBroker } from './broker.ts'

describeTier('kafka', 'commands and a Kafka that refuses', () => {
  let broker: TestBroker
  let topic: string
  beforeAll(async () => {
    broker = await testBroker()
    topic = await makeTopic(broker)
  })
  afterAll(() => broker.stop())

  const wrong = 'not-the-password-31415'
  const home = (topics: string, user = broker.user): string => {
    const cwd = scratch()
    const sasl = `{ mechanism: scram-sha-512, username: ${user}, password: "\${KAFKA_PASSWORD}" }`
    writeFileSync(
      join(cwd, 'fountain.yaml'),
      `authority: my.observatory
sources: { lsst: { kind: kafka, survey: lsst, brokers: ${JSON.stringify(broker.saslBrokers)}, topics: [${topics}], group: ${user}-g, sasl: ${sasl} } }
http: { listen: "127.0.0.1:0" }
`,
    )
    return cwd
  }

  it('check is well with the right password, and takes nothing', async () => {
    const options = { cwd: home(topic), env: { KAFKA_PASSWORD: broker.password } }
    let { code, stdout } = await fountain(['check'], options)
    // A broker that has just started does not have its groups yet.
    await until('the groups are there', async () => {
      if (!stdout.includes('coordinator')) return true
      const again = await fountain(['check'], options)
      code = again.code
      stdout = again.stdout
      return !stdout.includes('coordinator')
    })
    expect(stdout).toMatch(/^ok {3}sources\.lsst: /m)
    expect(code).toBe(0)
    expect(stdout).not.toContain(broker.password)
  })

  it('check with a wrong password: KAFKA_AUTH, exit code 3', async () => {
    const { code, stdout, stderr } = await fountain(['check'], { cwd: home(topic), env: { KAFKA_PASSWORD: wrong } })
    expect(stdout).toMatch(/^FAIL sources\.lsst: KAFKA_AUTH: .*127\.0\.0\.1:\d+.*\n {2}.*password/m)
    expect(code).toBe(3)
    expect(stdout + stderr).not.toContain(wrong)
  })

  it('run with a wrong password says KAFKA_AUTH, tries again, and stops when asked', async () => {
    const gateway = startFountain(['run'], { cwd: home(topic), env: { KAFKA_PASSWORD: wrong } })
    await gateway.says(/"code":"KAFKA_AUTH","again":"in 1 s"/)
    await gateway.says(/"code":"KAFKA_AUTH","again":"in 2 s"/)
    const { code, stdout, stderr } = await gateway.interrupt()
    expect(code).toBe(0)
    expect(stdout + stderr).not.toContain(wrong)
  })

  it('check names a topic that is not there: KAFKA_TOPIC', async () => {
    const { code, stdout } = await fountain(['check'], {
      cwd: home('no-such-topic'),
      env: { KAFKA_PASSWORD: broker.password },
    })
    expect(stdout).toMatch(/^FAIL sources\.lsst: KAFKA_TOPIC: .*no-such-topic/m)
    expect(code).toBe(3)
  })
})
