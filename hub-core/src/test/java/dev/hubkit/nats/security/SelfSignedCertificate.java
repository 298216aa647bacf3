package dev.hubkit.nats.security;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * Makes certificates that are signed with their own elliptic-curve key (<a
 * href="https://www.rfc-editor.org/rfc/rfc5280#section-4.1">RFC 5280</a>): a process of keytool for
 * each would take a second.
 */
final class SelfSignedCertificate {
  private static final Duration VALIDITY = Duration.ofDays(10);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int UTC_TIME = 0x17;
  private static final int SEQUENCE = 0x30;
  private static final int VERSION = 0xa0;
  private static final int EXTENSIONS = 0xa3;

  // The contents of two identifiers: 1.2.840.10045.4.3.2 and 2.5.29.17.
  private static final byte[] ECDSA_WITH_SHA256 = {
    0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 4, 3, 2
  };
  private static final byte[] SUBJECT_ALTERNATIVE_NAME = {0x55, 0x1d, 0x11};

  private SelfSignedCertificate() {}

  /**
   * Makes a certificate that has been valid for a day.
   *
   * @param alternatives other names of the subject: {@code dns:}, {@code ip:} or {@code email:},
   *     with commas in between
   */
  static X509Certificate of(KeyPair keys, String subject, String alternatives)
      throws IOException, GeneralSecurityException {
    byte[] algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
    byte[] name = new X500Principal(subject).getEncoded();
    Instant begin = Instant.now().minus(Duration.ofDays(1));
    byte[] extension =
        der(
            SEQUENCE,
            der(OBJECT_IDENTIFIER, SUBJECT_ALTERNATIVE_NAME),
            der(OCTET_STRING, names(alternatives)));
    byte[] body =
        der(
            SEQUENCE,
            der(VERSION, der(INTEGER, new byte[] {2})),
            der(INTEGER, BigInteger.valueOf(System.nanoTime()).toByteArray()),
            algorithm,
            name,
            der(SEQUENCE, time(begin), time(begin.plus(VALIDITY))),
            name,
            keys.getPublic().getEncoded(),
            der(EXTENSIONS, der(SEQUENCE, extension)));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate());
    signature.update(body);
    byte[] certificate =
        der(SEQUENCE, body, algorithm, der(BIT_STRING, new byte[] {0}, signature.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate));
  }

  private static byte[] names(String alternatives) throws IOException {
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    for (String each : List.of(alternatives.split(",", -1))) {
      String[] parts = each.split(":", 2);
      byte[] text = parts[1].getBytes(StandardCharsets.US_ASCII);
      names.write(
          switch (parts[0]) {
            case "email" -> der(0x81, text);
            case "dns" -> der(0x82, text);
            case "ip" -> der(0x87, InetAddress.getByName(parts[1]).getAddress());
            default -> throw new IllegalArgumentException(each);
          });
    }
    return der(SEQUENCE, names.toByteArray());
  }

  private static byte[] time(Instant time) {
    return der(UTC_TIME, TIME.format(time).getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns the encoding of a value that has this tag and consists of these parts. */
  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    int length = content.size();
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.write(tag);
    if (length < 128) {
      value.write(length);
    } else {
      byte[] size = BigInteger.valueOf(length).toByteArray();
      int begin = size[0] == 0 ? 1 : 0;
      value.write(0x80 | (size.length - begin));
      value.write(size, begin, size.length - begin);
    }
    value.writeBytes(content.toByteArray());
    return value.toByteArray();
  }
}
