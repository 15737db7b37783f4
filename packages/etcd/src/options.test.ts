import { describe, expect, it } from 'vitest'
import { completeOptions, type EtcdOptions } from './options.ts'

const pem = '-----BEGIN CERTIFICATE-----'
const secure = 'https://etcd-1:2379'

describe('the options of etcd', () => {
  it('have defaults, and one host is a list of one', () => {
    expect(completeOptions({ hosts: 'http://127.0.0.1:2379' })).toEqual({
      hosts: ['http://127.0.0.1:2379'],
      dialTimeout: 3000,
      requestTimeout: 5000,
    })
    for (const hosts of [['127.0.0.1:2379', 'http://[::1]:2379'], secure])
      expect(() => completeOptions({ hosts })).not.toThrow()
    const tls = { ca: Buffer.from(pem), cert: pem, key: pem }
    expect(completeOptions({ hosts: [secure], tls })).toMatchObject({ hosts: [secure], tls })
  })

  it.each([
    [{}, 'etcd: hosts must be addresses'],
    [{ hosts: [] }, 'etcd: hosts must be addresses'],
    [{ hosts: 'http://127.0.0.1' }, "got 'http://127.0.0.1'"],
    [{ hosts: ['a:2379', 'http://b:2379/v3'] }, "got 'http://b:2379/v3'"],
    [{ hosts: 7 }, 'got 7'],
    [{ hosts: [secure, 'http://b:2379'] }, 'hosts must all begin with https://, or none of them'],
    [{ hosts: 'a:2379', tls: { ca: pem } }, 'tls is for hosts that begin with https://'],
    [{ hosts: secure, tls: {} }, 'tls: ca must be PEM'],
    [{ hosts: secure, tls: { ca: 'ca.crt' } }, 'tls: ca must be PEM, as text or bytes'],
    [{ hosts: secure, tls: { ca: pem, cert: 7 } }, 'tls: cert must be PEM'],
    [{ hosts: secure, tls: { ca: pem, key: pem } }, 'cert and key belong together'],
    [{ hosts: secure, tls: { ca: pem, crt: pem } }, "unknown option 'crt'"],
    [{ hosts: 'a:2379', auth: { username: 'u' } }, 'auth: password must be a string that is not empty'],
    [{ hosts: 'a:2379', auth: { username: '', password: 'p' } }, 'auth: username must be'],
    [{ hosts: 'a:2379', auth: 'u:p' }, "auth: the options must be an object, got 'u:p'"],
    [{ hosts: 'a:2379', dialTimeout: 0 }, 'dialTimeout must be'],
    [{ hosts: 'a:2379', requestTimeout: '5000' }, 'requestTimeout: '],
    [{ hosts: 'a:2379', id: '' }, 'id must be'],
    [{ hosts: 'a:2379', logger: 7 }, 'logger must be'],
    [{ host: 'a:2379' }, "unknown option 'host': did you mean 'hosts'?"],
  ])('%o are refused: %s', (options, message) =>
    expect(() => completeOptions(options as EtcdOptions)).toThrow(
      expect.objectContaining({
        code: 'OARLOCK_INVALID_OPTIONS',
        message: expect.stringContaining(message),
      }),
    ),
  )
})
