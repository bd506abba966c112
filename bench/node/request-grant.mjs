import { randomBytes } from 'node:crypto'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { answer, init, logLine, table } from './service.mjs'
import { run } from './runtime.mjs'

const returnUrls = (process.env.RETURN_URLS ?? '').split(' ')

async function requestGrant({ dynamo, wallets }, event) {
  const owner = event.requestContext.authorizer?.iam?.accountId
  if (!owner) return answer(401, { code: 'unauthenticated' })
  let body
  try {
    body = JSON.parse(event.body)
  } catch {
    return answer(400, { code: 'invalid_request' })
  }
  if (typeof body.walletAddress !== 'string' || !body.limits || !returnUrls.includes(body.returnUrl)) {
    return answer(400, { code: 'invalid_request' })
  }
  const id = randomBytes(16).toString('base64url')
  const nonce = randomBytes(32).toString('base64url')
  const wallet = await wallets.walletAddress.get({ url: body.walletAddress })
  const access = [{ type: 'outgoing-payment', actions: ['create', 'read', 'list'], identifier: wallet.id, limits: body.limits }]
  const grant = await wallets.grant.request({ url: wallet.authServer }, {
    access_token: { access },
    interact: { start: ['redirect'], finish: { method: 'redirect', uri: `${process.env.PUBLIC_URL}/grants/${id}/finish`, nonce } }
  })
  const now = Date.now()
  await dynamo.send(new PutItemCommand({
    TableName: table,
    ConditionExpression: 'attribute_not_exists(id)',
    Item: {
      id: { S: id }, version: { N: '1' }, owner: { S: owner }, status: { S: 'pending' }, created: { N: String(now) },
      ttl: { N: String(Math.floor(now / 1000) + 86400) }, walletAddress: { S: wallet.id }, resourceServer: { S: wallet.resourceServer },
      access: { S: JSON.stringify(access) }, returnUrl: { S: body.returnUrl }, reference: { S: body.reference ?? '' },
      grantEndpoint: { S: wallet.authServer }, clientNonce: { S: nonce }, serverNonce: { S: grant.interact.finish },
      consentUrl: { S: grant.interact.redirect }, continueUri: { S: grant.continue.uri },
      continueToken: { S: grant.continue.access_token.value }, codeKey: { B: randomBytes(32) }
    }
  }))
  logLine('grant requested', { grant: id, owner })
  return answer(201, { id, status: 'pending', consentUrl: grant.interact.redirect, reference: body.reference })
}

run(init, requestGrant)
