package dev.hubkit.nats.credential;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The credentials with which a client logs in. */
public sealed interface ClientCredentials {
  /**
   * Reads credentials in the form in which users give them: {@code name:password}, the path of a <a
   * href="https://docs.nats.io/using-nats/developer/connecting/creds">credentials file</a>, whose
   * name ends with {@code .creds}, or else a token.
   *
   * @throws CredentialException if it is a file that cannot be read or is no such file
   */
  static ClientCredentials parse(String text) throws CredentialException {
    if (text.endsWith(".creds")) {
      return UserJwt.read(Path.of(text));
    }
    int colon = text.indexOf(':');
    return colon < 0
        ? new Token(text)
        : new NameAndPassword(text.substring(0, colon), text.substring(colon + 1));
  }

  /**
   * Reads a credentials file, whatever its name.
   *
   * @throws CredentialException if it cannot be read or is no such file
   */
  static ClientCredentials credentialsFile(Path file) throws CredentialException {
    return UserJwt.read(file);
  }

  /**
   * Reads a file with the seed of a user's NKey, alone or between lines of dashes.
   *
   * @throws CredentialException if it cannot be read or has no such seed
   */
  static ClientCredentials nkeyFile(Path file) throws CredentialException {
    return UserKey.read(file);
  }

  /**
   * Reads the seed of a user's NKey.
   *
   * @throws CredentialException if it is none
   */
  static ClientCredentials nkeySeed(String seed) throws CredentialException {
    return UserKey.of(seed);
  }

  /**
   * Adds the credentials to the CONNECT of a client.
   *
   * @param nonce the nonce that the server wants signed; empty for none
   */
  void show(JsonWriter connect, String nonce);

  /**
   * A user of a configured server.
   *
   * @param name the user's
   * @param password the user's
   */
  record NameAndPassword(String name, String password) implements ClientCredentials {
    @Override
    public void show(JsonWriter connect, String nonce) {
      connect.field("user", name).field("pass", password);
    }
  }

  /**
   * The token that all clients of a server share.
   *
   * @param text as it is
   */
  record Token(String text) implements ClientCredentials {
    @Override
    public void show(JsonWriter connect, String nonce) {
      connect.field("auth_token", text);
    }
  }

  /**
   * A user with a token that an account has signed, and a key to sign the nonce.
   *
   * @param token what the account has signed
   * @param key the user's
   */
  record UserJwt(String token, PrivateKey key) implements ClientCredentials {
    private static final Pattern PART =
        Pattern.compile("-----BEGIN [^\\n]*-----\\s+(\\S+)\\s+------?END [^\\n]*-----");
    private static final int MAX_BYTES = 1 << 20;
    private static final int SEED_BYTES = 32;
    // PrivateKeyInfo of an Ed25519 key (RFC 8410) up to the seed itself.
    private static final byte[] PKCS8_PREFIX = {
      0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20
    };

    private static String text(Path file) throws CredentialException {
      try {
        if (Files.size(file) > MAX_BYTES) {
          throw new CredentialException(file + " is too long for a credentials file");
        }
        return Files.readString(file, UTF_8);
      } catch (IOException e) {
        throw new CredentialException("the credentials file cannot be read: " + e.getMessage());
      }
    }

    private static UserJwt read(Path file) throws CredentialException {
      String text = text(file);
      Matcher parts = PART.matcher(text);
      if (parts.find()) {
        String token = parts.group(1);
        if (parts.find()) {
          return new UserJwt(token, key(parts.group(1)));
        }
      }
      throw new CredentialException(file + " is no credentials file: it has no JWT or no seed");
    }

    /** A seed in base 32: two bytes with the kind of key, the seed itself, and a checksum. */
    private static PrivateKey key(String seed) throws CredentialException {
      byte[] encoded = Arrays.copyOf(PKCS8_PREFIX, PKCS8_PREFIX.length + SEED_BYTES);
      System.arraycopy(seedOf(seed), 0, encoded, PKCS8_PREFIX.length, SEED_BYTES);
      try {
        return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform since 15 has Ed25519", e);
      }
    }

    private static byte[] seedOf(String text) throws CredentialException {
      byte[] bytes = Base32.decode(text);
      if (bytes == null || bytes.length != 2 + SEED_BYTES + 2 || !text.startsWith("SU")) {
        throw new CredentialException("the credentials file has no seed of a user's key");
      }
      return Arrays.copyOfRange(bytes, 2, 2 + SEED_BYTES);
    }

    @Override
    public void show(JsonWriter connect, String nonce) {
      connect.field("jwt", token).field("sig", signature(key, nonce));
    }

    private static String signature(PrivateKey key, String nonce) {
      try {
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(key);
        signer.update(nonce.getBytes(US_ASCII));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(signer.sign());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("signing failed", e);
      }
    }
  }

  /**
   * A user whose public key the server knows.
   *
   * @param publicKey in base 32
   * @param key signs the nonce
   */
  record UserKey(String publicKey, PrivateKey key) implements ClientCredentials {
    private static final Pattern SEED = Pattern.compile("\\bSU[A-Z2-7]{56}\\b");

    private static UserKey read(Path file) throws CredentialException {
      Matcher seed = SEED.matcher(UserJwt.text(file));
      if (!seed.find()) {
        throw new CredentialException(file + " has no seed of a user's key");
      }
      return of(seed.group());
    }

    private static UserKey of(String seed) throws CredentialException {
      byte[] bytes = UserJwt.seedOf(seed);
      return new UserKey(NKey.encode(NKey.Role.USER, publicKey(bytes)), UserJwt.key(seed));
    }

    // The platform computes a public key only when it generates a pair, from random bytes.
    private static byte[] publicKey(byte[] seed) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, new SeedBytes(seed));
        byte[] encoded = generator.generateKeyPair().getPublic().getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - seed.length, encoded.length);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform since 15 has Ed25519", e);
      }
    }

    @Override
    public void show(JsonWriter connect, String nonce) {
      connect.field("nkey", publicKey).field("sig", UserJwt.signature(key, nonce));
    }
  }

  /** Returns the bytes of a seed as random bytes. */
  final class SeedBytes extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final byte[] seed;

    private SeedBytes(byte[] seed) {
      this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }
}
