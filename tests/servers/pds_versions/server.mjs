// A real PDS on loopback, and beside it, unless another one's is named, a real PLC directory with its database in memory.
//
// By the environment: PDS_PORT, PDS_DATA; PLC_URL of another directory, or PLC_PORT of this one; BLOB_LIMIT in bytes;
// CRAWLERS, with commas between; RATE_LIMITS=1; JWT_SECRET. It prints one line when it is ready, and ends at SIGTERM.
import { PDS, envToCfg, envToSecrets } from '@atproto/pds'
import plcServer from '@did-plc/server'
import crypto from 'node:crypto'
import net from 'node:net'
import path from 'node:path'

// Both servers listen on every interface of the machine, if they are let.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  const pinned = typeof port === 'number' && typeof rest[0] !== 'string'
  return pinned ? listen.call(this, port, '127.0.0.1', ...rest) : listen.call(this, port, ...rest)
}

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
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()
console.log(`ready at http://localhost:${given.PDS_PORT}`)

const stop = async () => {
  await pds.destroy()
  await plc?.destroy()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
