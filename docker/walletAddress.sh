# shellcheck shell=bash
# Sourced: the address of a wallet, computed with bash and openssl alone. A key is in pipes only, never an
# argument of a process. The address is the last 20 bytes of the public key's Keccak-256 hash, in the mixed
# case of EIP-55.

# https://keccak.team/keccak_specs_summary.html, one block: rate 136 bytes, padding 0x01 … 0x80.
keccak_constants=(0x0000000000000001 0x0000000000008082 0x800000000000808a 0x8000000080008000 0x000000000000808b
  0x0000000080000001 0x8000000080008081 0x8000000000008009 0x000000000000008a 0x0000000000000088 0x0000000080008009
  0x000000008000000a 0x000000008000808b 0x800000000000008b 0x8000000000008089 0x8000000000008003 0x8000000000008002
  0x8000000000000080 0x000000000000800a 0x800000008000000a 0x8000000080008081 0x8000000000008080 0x0000000080000001
  0x8000000080008008)
keccak_rotations=(0 1 62 28 27 36 44 6 55 20 3 10 43 25 39 41 45 15 21 8 18 2 61 56 14)

# Prints the Keccak-256 hash of at most 135 bytes, both in hex digits.
keccak256() {
  local hex=${1}01 constant lane i x y n
  local -a a b c d
  while ((${#hex} < 270)); do hex+=00; done
  hex+=80
  for ((i = 0; i < 25; i++)); do a[i]=0; done
  for ((i = 0; i < 17; i++)); do
    lane=${hex:16*i:16}
    a[i]=$((0x${lane:14:2}${lane:12:2}${lane:10:2}${lane:8:2}${lane:6:2}${lane:4:2}${lane:2:2}${lane:0:2}))
  done
  for constant in "${keccak_constants[@]}"; do
    for ((x = 0; x < 5; x++)); do c[x]=$((a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20])); done
    for ((x = 0; x < 5; x++)); do
      n=${c[(x + 1) % 5]}
      d[x]=$((c[(x + 4) % 5] ^ (n << 1 | (n >> 63 & 1))))
    done
    for ((y = 0; y < 5; y++)); do
      for ((x = 0; x < 5; x++)); do
        i=$((x + 5 * y)) n=${keccak_rotations[x + 5 * y]}
        lane=$((a[i] ^ d[x]))
        if ((n > 0)); then lane=$((lane << n | (lane >> (64 - n) & ((1 << n) - 1)))); fi
        b[y + 5 * ((2 * x + 3 * y) % 5)]=$lane
      done
    done
    for ((y = 0; y < 25; y += 5)); do
      for ((x = 0; x < 5; x++)); do a[x + y]=$((b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]))); done
    done
    a[0]=$((a[0] ^ constant))
  done
  for ((i = 0; i < 4; i++)); do
    printf -v lane '%016x' "${a[i]}"
    printf '%s' "${lane:14:2}${lane:12:2}${lane:10:2}${lane:8:2}${lane:6:2}${lane:4:2}${lane:2:2}${lane:0:2}"
  done
}

# Prints the address of a private key of 64 hex digits, with or without 0x; nothing without openssl or with an
# impossible key.
address_of_key() {
  local key=${1#0[xX]} der='' public address i
  [[ $key =~ ^[0-9a-fA-F]{64}$ ]] && command -v openssl >/dev/null || return 0
  # RFC 5915: version 1, the key, the curve secp256k1.
  key=302e0201010420${key}a00706052b8104000a
  for ((i = 0; i < ${#key}; i += 2)); do der+="\\x${key:i:2}"; done
  # shellcheck disable=SC2059
  public=$(printf "$der" | openssl ec -inform DER -pubout -outform DER 2>/dev/null | tail -c 64 | od -An -v -tx1 | tr -d ' \n')
  ((${#public} == 128)) || return 0
  address=$(keccak256 "$public")
  in_mixed_case "${address:24}"
}

in_mixed_case() { # 40 lower-case hex digits
  local hash text='' digit ascii='' letters=ABCDEF i
  for ((i = 0; i < 40; i++)); do printf -v digit '%02x' "'${1:i:1}"; ascii+=$digit; done
  hash=$(keccak256 "$ascii")
  for ((i = 0; i < 40; i++)); do
    digit=${1:i:1}
    if [[ $digit = [a-f] ]] && ((0x${hash:i:1} > 7)); then digit=${letters:0x$digit - 10:1}; fi
    text+=$digit
  done
  printf '0x%s' "$text"
}

# Prints the address in a keystore, where it contains one.
address_in_keystore() {
  local address='"address"[[:space:]]*:[[:space:]]*"(0x)?([0-9a-fA-F]{40})"'
  [[ $1 =~ $address ]] || return 0
  in_mixed_case "$(tr A-F a-f <<<"${BASH_REMATCH[2]}")"
}
