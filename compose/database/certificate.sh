# TLS of both databases, for DATABASE_TLS=on. Read with `.` by a shell that has `set -eu`, after password.sh.
#
# Each start has a new key, which stays in this container's memory, and a certificate that vouches for itself, for the name
# that the servers know the database by. They find it beside the password, where nobody else can put one.

certificate_file=/password/database.pem

case ${DATABASE_TLS:-off} in
  on | off) ;;
  *) fail 'DATABASE_TLS: allowed are on and off' ;;
esac

# make_certificate FOLDER: key.pem and certificate.pem in a folder in memory, and the certificate where the servers read it.
make_certificate() {
  rm -rf "$1"
  mkdir -m 700 "$1"
  cat >"$1/request.cnf" <<'END'
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = database
[extensions]
subjectAltName = DNS:database
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
END
  (
    umask 077
    openssl req -x509 -config "$1/request.cnf" -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc \
      -sha256 -days 3650 -keyout "$1/key.pem" -out "$1/certificate.pem" 2>"$1/openssl.log"
  ) || fail "openssl made no certificate: $(tail -n 1 "$1/openssl.log")"
  cp "$1/certificate.pem" "$certificate_file.new"
  chmod 644 "$certificate_file.new"
  sync "$certificate_file.new"
  mv "$certificate_file.new" "$certificate_file"
}
