#!/bin/sh
# Makes the certificates of the tests anew, with openssl. They are valid from 2020 to 2120, and their keys
# protect nothing.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cat > "$work/config" << END
[ca]
default_ca = tests
[tests]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
END
: > "$work/index"
echo 01 > "$work/serial"

# request NAME COMMON-NAME
request() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$1.key" -out "$work/request" 2> /dev/null
}

# sign NAME END OPTION…: signs the request with the extensions of the standard input.
sign() {
  name=$1 end=$2
  shift 2
  cat > "$work/extensions"
  openssl ca -batch -notext -config "$work/config" -startdate 20200101000000Z -enddate "$end" \
    -in "$work/request" -extfile "$work/extensions" -out "$name.pem" "$@" 2> /dev/null
}

authority() {
  request "$1" "$2"
  printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' |
    sign "$1" 21200101000000Z -selfsign -keyfile "$1.key"
}

# member NAME AUTHORITY USAGE END
member() {
  request "$1" "$1"
  printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=%s\nsubjectAltName=DNS:%s,IP:127.0.0.1\n' "$3" "$1" |
    sign "$1" "$4" -cert "$2.pem" -keyfile "$2.key"
}

both=serverAuth,clientAuth
authority ca 'Oarlock tests'
authority other-ca 'Another authority'
for id in a b c; do member "$id" ca "$both" 21200101000000Z; done
member expired ca "$both" 20210101000000Z
member stranger other-ca "$both" 21200101000000Z
member server-only ca serverAuth 21200101000000Z
rm ca.key other-ca.key
