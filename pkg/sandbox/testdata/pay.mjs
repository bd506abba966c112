// Pays as the documented guide does, with the official SDK alone, and consents as
// a browser does. Argument: JSON with user, client, keyId and privateKey.
import assert from 'node:assert/strict'
import { createAuthenticatedClient, createUnauthenticatedClient, isPendingGrant, isFinalizedGrantWithAccessToken, OpenPaymentsClientError } from '@interledger/open-payments'

const { user, client, keyId, privateKey } = JSON.parse(process.argv[2])
const op = await createAuthenticatedClient({ useHttp: true, walletAddressUrl: client, keyId, privateKey: Buffer.from(privateKey) })

async function step(name, run) {
  try { await run() } catch (err) {
    console.error(`FAILED: ${name}: ${err.status ?? ''} ${err.description ?? ''} ${err.validationErrors ?? ''}`)
    throw err
  }
  console.log(`ok: ${name}`)
}

async function refused(promise, status, description) {
  const err = await promise.then(() => assert.fail('it was answered'), (e) => e)
  assert.ok(err instanceof OpenPaymentsClientError, err)
  assert.deepEqual({ status: err.status, code: err.code, description: err.description }, { status, code: String(status), description })
}

async function consent(redirect) {
  const html = { accept: 'text/html,*/*;q=0.8' }
  const page = await fetch(redirect, { headers: html, redirect: 'manual' })
  const cookie = page.headers.get('set-cookie').split(';')[0]
  const chosen = await fetch(redirect, { method: 'POST', headers: { ...html, cookie }, body: new URLSearchParams({ choice: 'accept' }) })
  const next = new URL(chosen.headers.get('refresh').split('url=')[1], redirect)
  const back = await fetch(next, { headers: { ...html, cookie }, redirect: 'manual' })
  return new URL(back.headers.get('location')).searchParams.get('interact_ref')
}

async function granted(wallet, ...access) {
  const grant = await op.grant.request({ url: wallet.authServer }, { access_token: { access } })
  assert.ok(!isPendingGrant(grant) && isFinalizedGrantWithAccessToken(grant))
  return grant.access_token.value
}

const euro = (value) => ({ value, assetCode: 'EUR', assetScale: 2 })
const dollar = (value) => ({ value, assetCode: 'USD', assetScale: 2 })
let receiver, sender, receiving, quoting, paying, incoming, quote, payment

await step('wallet addresses', async () => {
  receiver = await op.walletAddress.get({ url: client })
  sender = await op.walletAddress.get({ url: user })
})

await step('an incoming payment', async () => {
  receiving = await granted(receiver, { type: 'incoming-payment', actions: ['create', 'read', 'list', 'complete'] })
  incoming = await op.incomingPayment.create({ url: receiver.resourceServer, accessToken: receiving }, {
    walletAddress: receiver.id, incomingAmount: euro('10000'), expiresAt: new Date(Date.now() + 600_000).toISOString(), metadata: { order: 'café & 7', 2: '<two>', 1: 'one' }
  })
  assert.deepEqual(incoming.metadata, { order: 'café & 7', 2: '<two>', 1: 'one' })
  assert.equal(incoming.methods[0].type, 'ilp')
  const anyone = await createUnauthenticatedClient({ useHttp: true })
  assert.deepEqual(await anyone.incomingPayment.get({ url: incoming.id }), { receivedAmount: euro('0'), authServer: receiver.authServer })
})

await step('a quote', async () => {
  quoting = await granted(sender, { type: 'quote', actions: ['create', 'read'] })
  quote = await op.quote.create({ url: sender.resourceServer, accessToken: quoting }, { walletAddress: sender.id, receiver: incoming.id, method: 'ilp' })
  assert.deepEqual([quote.debitAmount, quote.receiveAmount], [dollar('12502'), euro('10000')])
  assert.deepEqual(await op.quote.get({ url: quote.id, accessToken: quoting }), quote)
})

await step('a grant with consent', async () => {
  const pending = await op.grant.request({ url: sender.authServer }, {
    access_token: { access: [{ type: 'outgoing-payment', actions: ['create', 'read', 'list'], identifier: sender.id,
      limits: { debitAmount: dollar('13000'), interval: 'R/2025-04-22T08:00:00Z/P1D' } }] },
    interact: { start: ['redirect'], finish: { method: 'redirect', uri: 'http://localhost:3344/', nonce: 'n' } }
  })
  assert.ok(isPendingGrant(pending))
  const grant = await op.grant.continue({ url: pending.continue.uri, accessToken: pending.continue.access_token.value }, { interact_ref: await consent(pending.interact.redirect) })
  assert.ok(isFinalizedGrantWithAccessToken(grant))
  paying = grant.access_token.value
})

const at = () => ({ url: sender.resourceServer, accessToken: paying })
const nothing = { spentDebitAmount: null, spentReceiveAmount: null }

await step('an outgoing payment, once', async () => {
  assert.deepEqual(await op.outgoingPayment.getGrantSpentAmounts(at()), nothing)
  payment = await op.outgoingPayment.create(at(), { walletAddress: sender.id, quoteId: quote.id, metadata: { order: 7 } })
  assert.equal(payment.failed, false)
  await refused(op.outgoingPayment.create(at(), { walletAddress: sender.id, quoteId: quote.id }), 400, 'invalid quote')
})

await step('it was sent and received', async () => {
  payment = await op.outgoingPayment.get({ url: payment.id, accessToken: paying })
  assert.deepEqual([payment.sentAmount, payment.debitAmount, payment.failed], [dollar('12500'), dollar('12502'), false])
  incoming = await op.incomingPayment.get({ url: incoming.id, accessToken: receiving })
  assert.deepEqual([incoming.receivedAmount, incoming.completed, incoming.methods], [euro('10000'), true, []])
  assert.deepEqual(await op.outgoingPayment.getGrantSpentAmounts(at()), { spentDebitAmount: dollar('12502'), spentReceiveAmount: euro('10000') })
})

await step('without a quote, within the limit', async () => {
  incoming = await op.incomingPayment.create({ url: receiver.resourceServer, accessToken: receiving }, { walletAddress: receiver.id })
  await refused(op.outgoingPayment.create(at(), { walletAddress: sender.id, incomingPayment: incoming.id, debitAmount: dollar('499') }), 403, 'unauthorized')
  const second = await op.outgoingPayment.create(at(), { walletAddress: sender.id, incomingPayment: incoming.id, debitAmount: dollar('127') })
  assert.deepEqual([second.grantSpentDebitAmount, second.receiveAmount], [dollar('12502'), euro('100')])
})

await step('lists', async () => {
  const query = { ...at(), walletAddress: sender.id }
  const first = await op.outgoingPayment.list(query, { first: 1 })
  assert.deepEqual([first.result.length, first.pagination.hasNextPage, first.pagination.hasPreviousPage], [1, true, false])
  const next = await op.outgoingPayment.list(query, { first: 1, cursor: first.pagination.endCursor })
  assert.deepEqual([next.result, next.pagination.hasNextPage, next.pagination.hasPreviousPage], [[payment], false, true])
  const back = await op.outgoingPayment.list(query, { last: 1, cursor: next.pagination.startCursor })
  assert.deepEqual(back, first)
  const received = await op.incomingPayment.list({ url: receiver.resourceServer, accessToken: receiving, walletAddress: receiver.id })
  assert.deepEqual(received.result.map((p) => [p.receivedAmount.value, p.completed]), [['100', false], ['10000', true]])
})

await step('complete', async () => {
  const done = await op.incomingPayment.complete({ url: incoming.id, accessToken: receiving })
  assert.equal(done.completed, true)
  await refused(op.incomingPayment.complete({ url: incoming.id, accessToken: receiving }), 409, 'wrong state')
  await refused(op.outgoingPayment.create(at(), { walletAddress: sender.id, incomingPayment: incoming.id, debitAmount: dollar('10') }), 400, 'invalid receiver')
})
