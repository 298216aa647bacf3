package dev.hubkit.nats.tls;

import dev.hubkit.io.SystemError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads certificates and keys from PEM files (RFC 7468); reports errors in the words of Go's
 * reader.
 */
public final class PemFile {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final int MAX_BYTES = 4 << 20;

  // Algorithm identifiers (DER) that turn the older key formats into PKCS #8.
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };
  private static final byte[] EC_OID = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1
  };

  private record Block(String type, byte[] bytes) {}

  private PemFile() {}

  /** Returns all certificates of a file, in its order; never empty. */
  public static List<X509Certificate> certificates(String file) throws TlsException {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(file)) {
        if (block.type.equals("CERTIFICATE")) {
          certificates.add(
              (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.bytes)));
        }
      }
    } catch (GeneralSecurityException e) {
      throw new TlsException("x509: malformed certificate in " + file + ": " + e.getMessage(), e);
    }
    if (certificates.isEmpty()) {
      throw new TlsException("tls: failed to find any PEM data in certificate input");
    }
    return certificates;
  }

  /** Returns the first private key of a file: PKCS #8, PKCS #1 or SEC 1, not encrypted. */
  public static PrivateKey key(String file) throws TlsException {
    List<Block> blocks = blocks(file);
    if (blocks.isEmpty()) {
      throw new TlsException("tls: failed to find any PEM data in key input");
    }
    for (Block block : blocks) {
      if (block.type.endsWith("PRIVATE KEY")) {
        return switch (block.type) {
          case "PRIVATE KEY" -> pkcs8(block.bytes);
          case "RSA PRIVATE KEY" -> pkcs8(wrapped(RSA, block.bytes));
          case "EC PRIVATE KEY" -> pkcs8(wrapped(ecAlgorithm(block.bytes), block.bytes));
          default -> throw new TlsException("tls: cannot read the " + block.type + " in " + file);
        };
      }
    }
    throw new TlsException(
        "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after"
            + " skipping PEM blocks of the following types: "
            + blocks.stream().map(Block::type).toList());
  }

  private static List<Block> blocks(String file) throws TlsException {
    String text;
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_BYTES) {
        throw new TlsException("open " + file + ": larger than " + MAX_BYTES + " bytes");
      }
      text = Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new TlsException(SystemError.reading(file, e), e);
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      try {
        String body = matcher.group(2).strip();
        // Headers such as Proc-Type stand before an empty line.
        int headers = body.lastIndexOf("\n\n");
        String base64 = headers >= 0 ? body.substring(headers) : body;
        blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(base64)));
      } catch (IllegalArgumentException e) {
        throw new TlsException("tls: malformed PEM block in " + file, e);
      }
    }
    return blocks;
  }

  private static PrivateKey pkcs8(byte[] der) throws TlsException {
    GeneralSecurityException last = null;
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException e) {
        last = e;
      }
    }
    throw new TlsException("tls: failed to parse private key", last);
  }

  // PKCS #8 (RFC 5208): SEQUENCE { version 0, algorithm, OCTET STRING { key } }
  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return der(0x30, concat(new byte[] {2, 1, 0}, algorithm, der(4, key)));
  }

  // SEC 1 names the curve in an element tagged [0]; PKCS #8 wants it next to the algorithm.
  private static byte[] ecAlgorithm(byte[] sec1) throws TlsException {
    int at = 0;
    while (at < sec1.length - 2) {
      if ((sec1[at] & 0xff) == 0xa0 && sec1[at + 2] == 6) {
        int length = sec1[at + 1];
        if (length > 2 && at + 2 + length <= sec1.length && sec1[at + 3] == length - 2) {
          byte[] curve = new byte[length];
          System.arraycopy(sec1, at + 2, curve, 0, length);
          return der(0x30, concat(EC_OID, curve));
        }
      }
      at++;
    }
    throw new TlsException("tls: failed to parse private key: it names no curve");
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 5);
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      int bytes = content.length < 0x100 ? 1 : content.length < 0x10000 ? 2 : 3;
      out.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(content.length >> (8 * i));
      }
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
