// Uses each wallet of a sandbox with the official SDK alone. Argument: the sandbox's URL.
// All else it gets from the control API, as a test in any language does.
import assert from 'node:assert/strict'
import { createAuthenticatedClient, isPendingGrant, isFinalizedGrantWithAccessToken, OpenPaymentsClientError } from '@interledger/open-payments'

const url = process.argv[2]
const control = async (method, path, body) => {
  const answer = await fetch(`${url}/control${path}`, { method, body: body && JSON.stringify(body) })
  assert.ok(answer.ok, `${path}: ${answer.status} ${answer.ok || await answer.text()}`)
  return answer.status === 204 ? undefined : answer.json()
}
const client = await control('GET', '/client')
const op = await createAuthenticatedClient({
  useHttp: url.startsWith('http:'), walletAddressUrl: client.walletAddress, keyId: client.keyId, privateKey: Buffer.from(client.privateKey)
})
const receiver = await op.walletAddress.get({ url: client.walletAddress })
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const refused = async (promise, status, words) => {
  const err = await promise.then(() => assert.fail('it was answered'), (e) => e)
  assert.ok(err instanceof OpenPaymentsClientError, err)
  assert.deepEqual([err.status, words === err.code || words === err.description], [status, true], `${err.status} ${err.code} ${err.description}`)
}

// ask requests a grant to pay from a wallet.
async function ask(name) {
  const wallet = await op.walletAddress.get({ url: `${url}/${name}` })
  const pending = await op.grant.request({ url: wallet.authServer }, {
    access_token: { access: [{ type: 'outgoing-payment', actions: ['create', 'read', 'list'], identifier: wallet.id,
      limits: { debitAmount: { value: '5000', assetCode: 'USD', assetScale: 2 } } }] },
    interact: { start: ['redirect'], finish: { method: 'redirect', uri: 'http://localhost:3344/finish', nonce: 'n' } }
  })
  assert.ok(isPendingGrant(pending))
  return { wallet, pending, at: { url: pending.continue.uri, accessToken: pending.continue.access_token.value } }
}

// open opens the consent link as a browser does, and returns the finish URL.
async function open({ pending }) {
  const answer = await fetch(pending.interact.redirect, { redirect: 'manual' })
  assert.equal(answer.status, 302)
  return new URL(answer.headers.get('location')).searchParams
}

async function token(asked, finish) {
  const grant = await op.grant.continue(asked.at, { interact_ref: finish.get('interact_ref') })
  assert.ok(isFinalizedGrantWithAccessToken(grant))
  return grant.access_token
}

async function quote(wallet, value) {
  const access = [{ type: 'incoming-payment', actions: ['create', 'read'] }, { type: 'quote', actions: ['create', 'read'] }]
  const grant = await op.grant.request({ url: receiver.authServer }, { access_token: { access } })
  const accessToken = grant.access_token.value
  const incoming = await op.incomingPayment.create({ url: receiver.resourceServer, accessToken }, {
    walletAddress: receiver.id, incomingAmount: { value, assetCode: 'USD', assetScale: 2 } })
  return op.quote.create({ url: wallet.resourceServer, accessToken }, { walletAddress: wallet.id, receiver: incoming.id, method: 'ilp' })
}

// pay makes a payment of 10.00 and returns how to read it again.
async function pay(name) {
  const asked = await ask(name)
  const { value } = await token(asked, await open(asked))
  const made = await quote(asked.wallet, '1000')
  const payment = await op.outgoingPayment.create({ url: asked.wallet.resourceServer, accessToken: value }, { walletAddress: asked.wallet.id, quoteId: made.id })
  assert.deepEqual([payment.failed, payment.sentAmount.value], [false, '0'])
  return { made, asked, again: () => op.outgoingPayment.get({ url: payment.id, accessToken: value }) }
}

// settled reads a payment until it has ended as expected.
async function settled({ again }, isEnd) {
  for (let i = 0; i < 100; i++) {
    const payment = await again()
    if (isEnd(payment)) return payment
    await sleep(50)
  }
  assert.fail('the payment does not end')
}

const does = {
  async alice() {
    const asked = await ask('alice')
    const page = await fetch(asked.pending.interact.redirect, { redirect: 'manual', headers: { accept: 'text/html,*/*' } })
    assert.equal(page.status, 200)
    const { finishUrl } = await control('POST', '/approve', { consentUrl: asked.pending.interact.redirect })
    await token(asked, new URL(finishUrl).searchParams)
  },
  async approves() {
    const paid = await settled(await pay('approves'), (p) => p.sentAmount.value === '1000')
    assert.deepEqual([paid.failed, paid.debitAmount.value], [false, '1000'])
  },
  async refuses() {
    const asked = await ask('refuses')
    assert.equal((await open(asked)).toString(), 'result=grant_rejected')
    await refused(op.grant.continue(asked.at, { interact_ref: 'guessed' }), 404, 'invalid_continuation')
  },
  async leaves() {
    const asked = await ask('leaves')
    assert.equal((await open(asked)).toString(), 'result=grant_invalid')
    assert.equal((await open(asked)).toString(), 'result=grant_invalid', 'and again')
  },
  async slow() {
    const payment = await pay('slow')
    await settled(payment, (p) => Number(p.sentAmount.value) > 0 && Number(p.sentAmount.value) < 1000)
    await settled(payment, (p) => p.sentAmount.value === '1000')
  },
  async revokes() {
    const asked = await ask('revokes')
    const dead = await token(asked, await open(asked))
    const made = await quote(asked.wallet, '1000')
    await refused(op.outgoingPayment.create({ url: asked.wallet.resourceServer, accessToken: dead.value }, { walletAddress: asked.wallet.id, quoteId: made.id }), 403, 'Inactive Token')
    await refused(op.token.rotate({ url: dead.manage, accessToken: dead.value }), 401, 'invalid_client')
  },
  async broke() {
    const failed = await settled(await pay('broke'), (p) => p.failed)
    assert.equal(failed.sentAmount.value, '0')
  },
  async fee() {
    const { made } = await pay('fee')
    assert.deepEqual([made.debitAmount.value, made.receiveAmount.value], ['1120', '1000'])
  },
  async nonsense() {
    const err = await ask('nonsense').then(() => assert.fail('it was answered'), (e) => e)
    assert.ok(err instanceof OpenPaymentsClientError, err)
    assert.match(err.description ?? err.message, /JSON/i)
  }
}

const { wallets } = await control('GET', '')
const names = wallets.map((w) => new URL(w.walletAddress).pathname.slice(1))
assert.deepEqual(names.toSorted(), Object.keys(does).toSorted(), 'each wallet is used')
await Promise.all(names.map(async (name) => {
  await does[name]().catch((err) => { console.error(`FAILED: ${name}: ${err.status ?? ''} ${err.description ?? ''} ${err.validationErrors ?? ''}`); throw err })
  console.log(`ok: ${name}`)
}))
