import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { answer, init, logLine, table } from './service.mjs'
import { run } from './runtime.mjs'

async function finish({ dynamo, wallets }, event) {
  const Key = { id: { S: event.pathParameters.id } }
  const { hash, interact_ref } = event.queryStringParameters ?? {}
  const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))
  if (!Item || !hash || !interact_ref || Item.status.S !== 'pending') return answer(400, { code: 'link_not_valid' })
  const want = createHash('sha256')
    .update([Item.clientNonce.S, Item.serverNonce.S, interact_ref, Item.grantEndpoint.S].join('\n')).digest()
  const got = Buffer.from(hash, 'base64')
  if (got.length !== want.length || !timingSafeEqual(got, want)) return answer(400, { code: 'link_not_valid' })
  const version = Number(Item.version.N)
  await dynamo.send(new UpdateItemCommand({
    TableName: table, Key,
    UpdateExpression: 'SET #status = :processing, version = :next, refHash = :ref, leaseUntil = :until',
    ConditionExpression: 'version = :version',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':processing': { S: 'processing' }, ':version': { N: String(version) }, ':next': { N: String(version + 1) },
      ':ref': { B: createHash('sha256').update(interact_ref).digest() }, ':until': { N: String(Date.now() + 30000) }
    }
  }))
  const granted = await wallets.grant.continue(
    { url: Item.continueUri.S, accessToken: Item.continueToken.S }, { interact_ref })
  const token = granted.access_token
  await dynamo.send(new UpdateItemCommand({
    TableName: table, Key,
    UpdateExpression: 'SET #status = :granted, version = :next, access = :access, token = :token, manageUri = :manage, ' +
      'tokenExpires = :expires, grantedAt = :now, continueUri = :uri, continueToken = :continue REMOVE leaseUntil, consentUrl',
    ConditionExpression: 'version = :version',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':granted': { S: 'granted' }, ':version': { N: String(version + 1) }, ':next': { N: String(version + 2) },
      ':access': { S: JSON.stringify(token.access) }, ':token': { S: token.value }, ':manage': { S: token.manage },
      ':expires': { N: String(Date.now() + (token.expires_in ?? 0) * 1000) }, ':now': { N: String(Date.now()) },
      ':uri': { S: granted.continue.uri }, ':continue': { S: granted.continue.access_token.value }
    }
  }))
  const code = createHmac('sha256', Item.codeKey.B).update(interact_ref).digest('base64url')
  logLine('grant granted', { grant: event.pathParameters.id })
  return { statusCode: 303, headers: { location: `${Item.returnUrl.S}?result=granted&code=${code}`, 'cache-control': 'no-store' } }
}

run(init, finish)
