// What both functions need, made once at the start of the execution environment.
import { createPrivateKey } from 'node:crypto'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { createAuthenticatedClient } from '@interledger/open-payments'

export const table = process.env.GRANTS_TABLE

// ed25519Header is what PKCS #8 puts before the seed of a key.
const ed25519Header = Buffer.from('302e020100300506032b657004220420', 'hex')

export async function init() {
  const dynamo = new DynamoDBClient({})
  const secrets = new SecretsManagerClient({})
  const connected = dynamo.send(new GetItemCommand({ TableName: table, Key: { id: { S: 'warm' } }, ConsistentRead: true }))
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: process.env.SIGNING_KEY_SECRET }))
  const key = JSON.parse(SecretString)
  const privateKey = createPrivateKey({
    key: Buffer.concat([ed25519Header, Buffer.from(key.privateKey, 'base64')]), format: 'der', type: 'pkcs8'
  })
  const wallets = await createAuthenticatedClient({
    walletAddressUrl: key.walletAddress, keyId: key.keyId, privateKey,
    useHttp: true, validateResponses: process.env.VALIDATE === 'on'
  })
  await connected
  return { dynamo, wallets }
}

export function answer(statusCode, body) {
  return { statusCode, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: JSON.stringify(body) }
}

export function logLine(message, members) {
  console.log(JSON.stringify({ level: 'INFO', timestamp: new Date().toISOString(), message, ...members }))
}
