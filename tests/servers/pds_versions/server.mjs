// A real PDS on loopback, and beside it, unless another one's is named, a real PLC directory with its database in memory.
//
// By the environment: PDS_PORT, PDS_DATA; PLC_URL of another directory, or PLC_PORT of this one; BLOB_LIMIT in bytes;
// CRAWLERS, with commas between; RATE_LIMITS=1; JWT_SECRET; APPVIEW_PORT of a server that answers the one call of Bluesky's
// application that clients of its SDK make when they log in. It prints one line when it is ready, and ends at SIGTERM.
import { PDS, envToCfg, envToSecrets } from '@atproto/pds'
import plcServer from '@did-plc/server'
import crypto from 'node:crypto'
import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import path from 'node:path'

// Both servers listen on every interface of the machine, if they are let.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  const pinned = typeof port === 'number' && typeof rest[0] !== 'string'
  return pinned ? listen.call(this, port, '127.0.0.1', ...rest) : listen.call(this, port, ...rest)
}

// Nobody guesses passwords of tests, and each account and each login would take 60 ms of the processor.
const { scrypt } = crypto
crypto.scrypt = (password, salt, length, done) => scrypt(password, salt, length, { N: 16 }, done)
syncBuiltinESMExports()

const given = process.env
const directory = given.PLC_URL ?? `http://localhost:${given.PLC_PORT}`
let plc
if (!given.PLC_URL) {
  plc = plcServer.PlcServer.create({ db: new plcServer.MockDatabase(), port: Number(given.PLC_PORT) })
  await plc.start()
}

const env = {
  devMode: true,
  hostname: 'localhost',
  port: Number(given.PDS_PORT),
  dataDirectory: given.PDS_DATA,
  blobstoreDiskLocation: path.join(given.PDS_DATA, 'blobs'),
  blobUploadLimit: Number(given.BLOB_LIMIT),
  didPlcUrl: directory,
  serviceHandleDomains: ['.test'],
  handleBackupNameservers: [],
  inviteRequired: false,
  // Everything is on this machine.
  disableSsrfProtection: true,
  jwtSecret: given.JWT_SECRET,
  adminPassword: crypto.randomBytes(16).toString('hex'),
  plcRotationKeyK256PrivateKeyHex: crypto.randomBytes(32).toString('hex'),
  rateLimitsEnabled: given.RATE_LIMITS === '1',
  rateLimitBypassIps: [],
  trustedOAuthClients: [],
  crawlers: given.CRAWLERS ? given.CRAWLERS.split(',') : [],
}
let appview
if (given.APPVIEW_PORT) {
  const own = `http://localhost:${given.PDS_PORT}/xrpc`
  appview = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const known = url.pathname === '/xrpc/app.bsky.actor.getProfile'
    const repo = encodeURIComponent(url.searchParams.get('actor') ?? '')
    const found = known ? await (await fetch(`${own}/com.atproto.repo.describeRepo?repo=${repo}`)).json() : {}
    response.writeHead(known ? 200 : 501, { 'content-type': 'application/json' })
    response.end(JSON.stringify(known ? { did: found.did, handle: found.handle } : { error: 'MethodNotImplemented' }))
  })
  await new Promise((done) => appview.listen(Number(given.APPVIEW_PORT), done))
  env.bskyAppViewUrl = `http://localhost:${given.APPVIEW_PORT}`
  env.bskyAppViewDid = 'did:web:appview.test'
}
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()
console.log(`ready at http://localhost:${given.PDS_PORT}`)

const stop = async () => {
  await pds.destroy()
  await plc?.destroy()
  appview?.close()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
