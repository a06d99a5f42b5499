"""Certificates of a test: made on the spot, signed by themselves or by one of them."""
import dataclasses
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID


@dataclasses.dataclass
class Issued:
    certificate: x509.Certificate
    key: object

    @property
    def cert_pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self):
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption())

    @property
    def fingerprint(self):
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def write(self, folder, name, chain=()):
        """Writes NAME.pem and NAME.key into the folder; returns both paths. What stood there is replaced at once."""
        cert, key = folder / f"{name}.pem", folder / f"{name}.key"
        for path, text, mode in ((cert, self.cert_pem + b"".join(each.cert_pem for each in chain), 0o644),
                                 (key, self.key_pem, 0o600)):
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(text)
            fresh.chmod(mode)
            fresh.replace(path)
        return cert, key


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def issue(*names, common_name=None, use_rsa=False, days=(-1, 30), by=None, is_ca=False, ocsp_at=None):
    """A certificate for these host names and addresses; `days` are those from which and until which it is valid."""
    key = rsa.generate_private_key(65537, 2048) if use_rsa else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
                         x509.NameAttribute(NameOID.COMMON_NAME, common_name or (names or ("test",))[0])])
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
               .issuer_name(by.certificate.subject if by else subject).serial_number(x509.random_serial_number())
               .not_valid_before(now + datetime.timedelta(days=days[0]))
               .not_valid_after(now + datetime.timedelta(days=days[1])))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
    if ocsp_at:
        at = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_at))
        builder = builder.add_extension(x509.AuthorityInformationAccess([at]), critical=False)
    if is_ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Issued(builder.sign(by.key if by else key, hashes.SHA256()), key)


def ocsp_response(issued, by=None, revoked=False, days=(-1, 7)):
    """What the authority says of a certificate, in DER; `days` are those from which and until which it holds."""
    by = by or issued
    now = datetime.datetime.utcnow()
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    response = (ocsp.OCSPResponseBuilder()
                .add_response(issued.certificate, by.certificate, hashes.SHA1(), status,
                              now + datetime.timedelta(days=days[0]), now + datetime.timedelta(days=days[1]),
                              now if revoked else None, None)
                .responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate).sign(by.key, hashes.SHA256()))
    return response.public_bytes(serialization.Encoding.DER)
