import { Authority, CertificateWish } from './certificates';

/** The settings of a server whose doors speak mutual TLS, with a certificate of its own. @param wish of that certificate */
export async function mutualTlsSettings(
  authority: Authority,
  wish: CertificateWish = {},
): Promise<Record<string, string>> {
  const own = await authority.sign({ hosts: ['localhost'], ...wish });
  return {
    SERVER_TLS_CERT: own.certificate,
    SERVER_TLS_KEY: own.key,
    SERVER_TLS_CLIENT_CA: authority.certificate,
    SERVER_TLS_CLIENT_CRL: authority.revocations,
  };
}
