/** Drafts over HTTP: what the API gives and takes, and the page behind a draft's link. */
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../bridges/contract.ts'
import type { Drafting } from '../../bridges/draft.ts'
import type { DeskStages } from '../../src/wiring/draft-desk.ts'
import { sifted } from '../record/fixtures.ts'
import { type PeopleGateway, startPeopleGateway } from './people-gateway.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (body: Uint8Array) => Buffer.from(body).toString()

/** Bodies are their texts; 'wrong' is an error, 'unreadable' is none of them. */
const drafting: Drafting = {
  text: textOf,
  parse: (text) => {
    if (text.includes('unreadable')) throw new Refusal(['The first line is no title.'])
    return bytes(text)
  },
  lint: (body) =>
    textOf(body).includes('wrong')
      ? [{ severity: 'error', code: 'BOX_WRONG', says: 'It says wrong.', fix: 'Say right.' }]
      : [{ severity: 'note', code: 'BOX_FINE', says: 'It is fine.' }],
  handIn: (body) => ({
    url: 'https://forms.example.org/new?a=1&b=<2>',
    prefilled: true,
    fields: [{ label: 'Body', value: textOf(body) }],
  }),
}
const instances: DeskStages['instances'] = new Map([['box', { bridge: { kind: 'box' }, channel: { drafting } }]])

/** Ada's subscription with a draft that says this; more alerts of the same object make more of them. */
async function withDraft(text: string | null = 'hello') {
  const gateway = await startPeopleGateway({ instances })
  const { call, store, plan, user } = gateway
  const ada = await user('ada')
  const subscription = { name: 'mine', stream: 'young', to: 'box', address: { shelf: 1 }, cadence: 'draft' }
  expect((await call('POST', '/api/v1/subscriptions', ada, subscription)).status).toBe(201)
  const filters = plan.alertFilters('lsst').map(({ key }) => key)
  let offset = 0
  const match = async (says: string | null) => {
    await store.apply(sifted([{ offset, alertId: `${++offset}`, objectId: 'o' }], { filters }))
    const [draft] = await store.claim('box', 1, gateway.clock.nowMs)
    if (draft === undefined) throw new Error('no draft')
    if (says !== null) await store.keepMessage(draft.id, { body: bytes(says), key: `k${draft.id}`, repeat: 'safe' })
    return draft.id
  }
  return { ...gateway, ada, match, id: await match(text) }
}
type Stage = Awaited<ReturnType<typeof withDraft>>

const send = async ({ store, clock }: Stage, id: number) => {
  await store.claim('box', 5, clock.nowMs)
  await store.settle(
    [{ id, state: 'sent', attempted: true, receipt: { id: `r${id}`, atMs: clock.nowMs } }],
    clock.nowMs,
  )
}

describe('a draft by the API', () => {
  it('shows its text, what is wrong, where it is handed in, and what was said before', async () => {
    const stage = await withDraft('line 1\nline 2\n')
    const { call, ada, id, match } = stage
    expect((await call('POST', '/api/v1/drafts/approve', ada, { ids: [id] })).body).toEqual({ done: [id], refused: [] })
    await send(stage, id)
    const next = await match('line 1\nline wrong\n')
    const { status, body } = await call('GET', `/api/v1/drafts/${next}`, ada)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: next,
      about: 'o',
      version: 0,
      text: 'line 1\nline wrong\n',
      editable: true,
      byHand: false,
      notLive: null,
      findings: [{ severity: 'error', code: 'BOX_WRONG', says: 'It says wrong.', fix: 'Say right.' }],
      handIn: { prefilled: true, fields: [{ label: 'Body', value: 'line 1\nline wrong\n' }] },
      versions: [],
      before: { id, receiptId: `r${id}` },
    })
    expect(body.before.diff.split('\n').slice(0, 6)).toEqual([
      `--- delivery ${id}`,
      `+++ draft ${next}`,
      '@@ -1,2 +1,2 @@',
      ' line 1',
      '-line 2',
      '+line wrong',
    ])
    expect((await call('GET', '/api/v1/drafts', ada)).body).toMatchObject([{ id: next, state: 'held', objectId: 'o' }])
  })

  it('is changed as often as one likes, and goes back to what was rendered', async () => {
    const { call, ada, id } = await withDraft('it is wrong')
    const path = `/api/v1/drafts/${id}/text`
    const refused = await call('POST', '/api/v1/drafts/approve', ada, { ids: [id] })
    expect(refused.body.refused).toEqual([{ id, code: 'DRAFT_HAS_ERRORS', reason: 'BOX_WRONG: It says wrong.' }])
    const changed = await call('PUT', path, ada, { text: 'it is right', version: 0 })
    expect(changed).toMatchObject({
      status: 200,
      body: { version: 1, text: 'it is right', findings: [{ code: 'BOX_FINE' }] },
    })
    expect(changed.body.versions).toMatchObject([
      { version: 0, by: null, text: 'it is wrong' },
      { version: 1, by: 'ada', text: 'it is right' },
    ])
    expect(await call('PUT', path, ada, { text: 'mine', version: 0 })).toMatchObject({
      status: 409,
      body: { code: 'DRAFT_CHANGED' },
    })
    const unreadable = await call('PUT', path, ada, { text: 'unreadable' })
    expect(unreadable).toMatchObject({ status: 400, body: { code: 'DRAFT_UNREADABLE' } })
    expect(unreadable.body.message).toContain('The first line is no title.')
    // The same text is no change.
    expect((await call('PUT', path, ada, { text: 'it is right' })).body.version).toBe(1)
    expect((await call('PUT', path, ada, { original: true })).body).toMatchObject({ version: 2, text: 'it is wrong' })
    for (const body of [{}, { text: 'a', original: true }, { text: '' }, { text: 'a', version: -1 }])
      expect((await call('PUT', path, ada, body)).status).toBe(400)
  })

  it('gets the yes to what was read, and to nothing else', async () => {
    const { call, ada, id, store } = await withDraft()
    await call('PUT', `/api/v1/drafts/${id}/text`, ada, { text: 'changed' })
    const approve = (version: number) =>
      call('POST', '/api/v1/drafts/approve', ada, { ids: [id], versions: { [id]: version } })
    expect((await approve(0)).body.refused).toMatchObject([{ id, code: 'DRAFT_CHANGED' }])
    expect((await approve(1)).body.done).toEqual([id])
    expect(await store.delivery(id)).toMatchObject({ state: 'queued', approvedBy: 'ada' })
    expect((await approve(1)).body.refused).toMatchObject([{ id, code: 'DELIVERY_STATE' }])
    expect((await call('PUT', `/api/v1/drafts/${id}/text`, ada, { text: 'late' })).status).toBe(409)
  })

  it('cannot be changed, approved or handed in before it is rendered, nor sent by hand where the gateway sends', async () => {
    const { call, ada, id, match } = await withDraft(null)
    expect((await call('GET', `/api/v1/drafts/${id}`, ada)).body).toMatchObject({
      text: null,
      editable: false,
      findings: [],
    })
    expect((await call('PUT', `/api/v1/drafts/${id}/text`, ada, { text: 'x' })).body.code).toBe('DRAFT_NOT_RENDERED')
    expect((await call('POST', '/api/v1/drafts/approve', ada, { ids: [id] })).body.refused).toMatchObject([
      { code: 'DRAFT_NOT_RENDERED' },
    ])
    const rendered = await match('hello')
    expect((await call('POST', '/api/v1/drafts/sent', ada, { id: rendered, receipt: '1' })).body.code).toBe(
      'DRAFT_NOT_BY_HAND',
    )
  })

  it('is discarded with a reason; what is no draft is not touched', async () => {
    const { call, ada, id, store } = await withDraft()
    const discard = () => call('POST', '/api/v1/drafts/discard', ada, { ids: [id, 99], reason: 'a star' })
    expect((await discard()).body).toEqual({
      done: [id],
      refused: [{ id: 99, code: 'NOT_FOUND', reason: 'There is no draft 99.' }],
    })
    expect(await store.delivery(id)).toMatchObject({ state: 'dropped', error: 'dropped by ada: a star' })
    expect((await discard()).body.refused).toMatchObject([{ id, code: 'DELIVERY_STATE' }, { id: 99 }])
  })
})

describe('the page of a draft', () => {
  const pathOf = async ({ call, ada, id }: Stage) =>
    new URL((await call('GET', `/api/v1/drafts/${id}`, ada)).body.pageUrl as string).pathname
  const get = ({ url }: PeopleGateway, path: string, method = 'GET') => fetch(url + path, { method })

  it('can be read and copied without a token or a script, and says what to do', async () => {
    const stage = await withDraft('<script>alert("wrong")</script>')
    const path = await pathOf(stage)
    expect(path).toMatch(/^\/drafts\/[A-Za-z0-9_-]{43}$/)
    const reply = await get(stage, path)
    const page = await reply.text()
    expect(reply.status).toBe(200)
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    })
    expect(page).toContain(
      '<pre class="body" data-copy="the text">&#60;script&#62;alert(&#34;wrong&#34;)&#60;/script&#62;</pre>',
    )
    expect(page).not.toContain('<script>')
    for (const words of [
      'It says wrong.',
      'BOX_WRONG',
      'fountain drafts approve',
      'https://forms.example.org/new',
      'data-copy="Body"',
    ])
      expect(page).toContain(words)
    expect((await get(stage, '/web/draft.js')).status).toBe(200)
  })

  it('shows its pictures, and nothing else of its parts', async () => {
    const stage = await withDraft(null)
    const png = Buffer.from('89504e470d0a1a0a', 'hex')
    const part = (mediaType: string, name: string) => ({ hash: name, mediaType, name, bytes: png })
    const parts = [part('image/png', 'lightcurve.png'), part('text/html', 'evil.html')]
    await stage.store.keepMessage(stage.id, { body: bytes('hello'), key: 'a-key-of-it', repeat: 'safe', parts })
    const path = await pathOf(stage)
    const page = await (await get(stage, path)).text()
    expect(page).toContain(`<img src="${path}/pictures/0" alt="lightcurve.png">`)
    expect(page).not.toContain('/pictures/1')
    const picture = await get(stage, `${path}/pictures/0`)
    expect([picture.status, picture.headers.get('content-type'), picture.headers.get('cache-control')]).toEqual([
      200,
      'image/png',
      'no-store',
    ])
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(png)
    for (const wrong of ['1', '2', '-1', '0x0', '99999'])
      expect((await get(stage, `${path}/pictures/${wrong}`)).status).toBe(404)
    expect((await get(stage, `/drafts/${'A'.repeat(43)}/pictures/0`)).status).toBe(404)
    await stage.call('POST', '/api/v1/drafts/discard', stage.ada, { ids: [stage.id], reason: 'x' })
    expect((await get(stage, `${path}/pictures/0`)).status).toBe(404)
  })

  it('changes nothing, whoever asks in whatever way', async () => {
    const stage = await withDraft()
    const path = await pathOf(stage)
    for (const method of ['GET', 'HEAD']) expect((await get(stage, path, method)).status).toBe(200)
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get(stage, path, method)).status).toBe(401)
    expect(await stage.store.delivery(stage.id)).toMatchObject({ state: 'held' })
  })

  it('closes when the draft is decided, and nobody can guess it', async () => {
    const stage = await withDraft('a secret')
    const path = await pathOf(stage)
    await stage.call('POST', '/api/v1/drafts/discard', stage.ada, { ids: [stage.id], reason: 'x' })
    const gone = await get(stage, path)
    expect([gone.status, await gone.text()]).toEqual([410, expect.not.stringContaining('a secret')])
    expect((await stage.call('GET', `/api/v1/drafts/${stage.id}`, stage.ada)).body.pageUrl).toBeNull()
    for (const wrong of ['x', `${'A'.repeat(43)}`, "'%20OR%201=1", `${stage.id}`, `${path.slice(8, -1)}`])
      expect((await get(stage, `/drafts/${wrong}`)).status).toBe(404)
  })
})

describe('a bridge that fails on its own messages', () => {
  it('costs the text and the yes, and nothing else', async () => {
    const broken: Drafting = {
      text: () => {
        throw new Error('no text')
      },
      parse: () => bytes('x'),
      lint: () => {
        throw new Error('no lint')
      },
    }
    const gateway = await startPeopleGateway({
      instances: new Map([['box', { bridge: { kind: 'box' }, channel: { drafting: broken } }]]),
    })
    const { call, store, plan, user, clock } = gateway
    const ada = await user('ada')
    await call('POST', '/api/v1/subscriptions', ada, {
      name: 'm',
      stream: 'young',
      to: 'box',
      address: { shelf: 1 },
      cadence: 'draft',
    })
    await store.apply(
      sifted([{ offset: 0, alertId: '1' }], { filters: plan.alertFilters('lsst').map(({ key }) => key) }),
    )
    await store.claim('box', 1, clock.nowMs)
    await store.keepMessage(1, { body: bytes('x'), key: 'k', repeat: 'safe' })
    expect((await call('GET', '/api/v1/drafts/1', ada)).body).toMatchObject({
      text: null,
      handIn: null,
      findings: [{ severity: 'error', code: 'DRAFT_UNCHECKED', says: 'It could not be checked: no lint.' }],
    })
    const { body } = await call('POST', '/api/v1/drafts/approve', ada, { ids: [1] })
    expect(body.refused).toMatchObject([{ code: 'DRAFT_HAS_ERRORS' }])
  })
})
