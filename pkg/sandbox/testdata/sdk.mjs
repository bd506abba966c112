// Uses the wallet with the official SDK alone, as its users do, and the consent
// page as a browser does. Argument: JSON with user, client, keyId and privateKey.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import {
  createAuthenticatedClient, createUnauthenticatedClient, OpenPaymentsClientError,
  isPendingGrant, isFinalizedGrantWithAccessToken, isFinalizedGrantWithSubject
} from '@interledger/open-payments'

const { user, client, keyId, privateKey } = JSON.parse(process.argv[2])
const op = await createAuthenticatedClient({ useHttp: true, walletAddressUrl: client, keyId, privateKey: Buffer.from(privateKey) })

async function step(name, run) {
  try { await run() } catch (err) {
    console.error(`FAILED: ${name}: ${err.description ?? ''} ${err.validationErrors ?? ''}`)
    throw err
  }
  console.log(`ok: ${name}`)
}

// consent clicks in the page that the redirect leads to, and returns where the
// browser is sent at last.
async function consent(redirect, choice) {
  const html = { accept: 'text/html,*/*;q=0.8' }
  const page = await fetch(redirect, { headers: html, redirect: 'manual' })
  assert.equal(page.status, 200)
  const text = await page.text()
  assert.ok(text.includes('Corner shop'), 'the page says who asks')
  const cookie = page.headers.get('set-cookie').split(';')[0]
  const chosen = await fetch(redirect, { method: 'POST', headers: { ...html, cookie }, body: new URLSearchParams({ choice }) })
  assert.equal(chosen.status, 200)
  const next = new URL(chosen.headers.get('refresh').split('url=')[1], redirect)
  const back = await fetch(next, { headers: { ...html, cookie }, redirect: 'manual' })
  return back.headers.has('location') ? new URL(back.headers.get('location')) : back
}

// outgoing asks for a grant with a consent.
function outgoing(finish, more = {}) {
  return op.grant.request({ url: wallet.authServer }, {
    access_token: { access: [{
      type: 'outgoing-payment', actions: ['create', 'read', 'list'], identifier: wallet.id,
      limits: { debitAmount: { value: '500', assetCode: wallet.assetCode, assetScale: wallet.assetScale }, interval: 'R/2025-04-22T08:00:00Z/P1D' }
    }] },
    interact: { start: ['redirect'], ...(finish && { finish: { method: 'redirect', ...finish } }) },
    ...more
  })
}

async function refused(promise, status, code) {
  const err = await promise.then(() => assert.fail('it was answered'), (e) => e)
  assert.ok(err instanceof OpenPaymentsClientError, err)
  assert.deepEqual({ status: err.status, code: err.code }, { status, code })
}

let wallet
await step('wallet addresses and keys', async () => {
  wallet = await op.walletAddress.get({ url: user })
  assert.equal(wallet.id, user)
  assert.equal((await op.walletAddress.getKeys({ url: client })).keys[0].kid, keyId)
  assert.equal((await (await createUnauthenticatedClient({ useHttp: true })).walletAddress.get({ url: user })).publicName, 'Alice')
})

await step('access without a consent', async () => {
  const grant = await op.grant.request({ url: wallet.authServer }, { access_token: { access: [{ type: 'incoming-payment', actions: ['create', 'read'] }, { type: 'quote', actions: ['create', 'read'] }] } })
  assert.ok(!isPendingGrant(grant) && isFinalizedGrantWithAccessToken(grant))
  assert.equal(grant.access_token.access.length, 2)
})

await step('consent, continue, rotate, revoke, cancel', async () => {
  const finish = { uri: 'http://localhost:3344/cb?order=7&name=caf%C3%A9', nonce: randomBytes(16).toString('base64') }
  const pending = await outgoing(finish)
  assert.ok(isPendingGrant(pending))
  const back = await consent(pending.interact.redirect, 'accept')
  assert.equal(back.searchParams.get('order'), '7')
  const ref = back.searchParams.get('interact_ref')
  const base = [finish.nonce, pending.interact.finish, ref, wallet.authServer].join('\n')
  assert.equal(back.searchParams.get('hash'), createHash('sha256').update(base).digest('base64'))

  const at = { url: pending.continue.uri, accessToken: pending.continue.access_token.value }
  await refused(op.grant.continue(at, { interact_ref: 'another' }), 404, 'invalid_continuation')
  const grant = await op.grant.continue(at, { interact_ref: ref })
  assert.ok(isFinalizedGrantWithAccessToken(grant))
  assert.equal(grant.access_token.access[0].limits.debitAmount.value, '500')
  await refused(op.grant.continue(at, { interact_ref: ref }), 401, 'request_denied')

  const old = { url: grant.access_token.manage, accessToken: grant.access_token.value }
  const token = (await op.token.rotate(old)).access_token
  assert.notEqual(token.value, grant.access_token.value)
  await refused(op.token.rotate(old), 401, 'invalid_client')
  await op.token.revoke({ url: token.manage, accessToken: token.value })
  await refused(op.token.revoke({ url: token.manage, accessToken: token.value }), 401, 'invalid_client')
  await op.grant.cancel(at)
  await refused(op.grant.cancel(at), 401, 'invalid_continuation')
})

await step('a user who refuses', async () => {
  const pending = await outgoing({ uri: 'http://localhost:3344/cb', nonce: 'n' })
  const back = await consent(pending.interact.redirect, 'reject')
  assert.equal(back.search, '?result=grant_rejected')
  await refused(op.grant.continue({ url: pending.continue.uri, accessToken: pending.continue.access_token.value }, { interact_ref: 'guessed' }), 404, 'invalid_continuation')
})

await step('polling', async () => {
  const pending = await outgoing()
  const at = { url: pending.continue.uri, accessToken: pending.continue.access_token.value }
  const still = await op.grant.continue(at)
  assert.ok(!still.access_token && still.continue.wait !== undefined)
  assert.equal((await consent(pending.interact.redirect, 'accept')).status, 202)
  assert.ok(isFinalizedGrantWithAccessToken(await op.grant.continue(at)))
})

await step('a subject', async () => {
  const pending = await outgoing({ uri: 'http://localhost:3344/cb', nonce: 'n' }, { subject: { sub_ids: [{ id: wallet.id, format: 'uri' }] } })
  const back = await consent(pending.interact.redirect, 'accept')
  const grant = await op.grant.continue({ url: pending.continue.uri, accessToken: pending.continue.access_token.value }, { interact_ref: back.searchParams.get('interact_ref') })
  assert.ok(isFinalizedGrantWithSubject(grant))
  assert.deepEqual(grant.subject.sub_ids, [{ id: wallet.id, format: 'uri' }])
})

await step('refusals', async () => {
  await refused(op.grant.request({ url: wallet.authServer }, { access_token: { access: [{ type: 'outgoing-payment', actions: ['create'], identifier: wallet.id, limits: { receiver: 'https://wallet.example/bob' } }] }, interact: { start: ['redirect'] } }), 400, undefined)
  const stranger = await createAuthenticatedClient({ useHttp: true, walletAddressUrl: user, keyId, privateKey: Buffer.from(privateKey) })
  await refused(stranger.grant.request({ url: wallet.authServer }, { access_token: { access: [{ type: 'quote', actions: ['create'] }] } }), 400, 'invalid_client')
})
