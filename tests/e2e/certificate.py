"""A certificate for tests."""
import pathlib
import subprocess


def make_certificate(directory, name):
    """A certificate for `name` that signs itself: trusted where SSL_CERT_FILE names it."""
    directory = pathlib.Path(directory)
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    kind = "IP" if name[0].isdigit() else "DNS"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    return certificate, key
