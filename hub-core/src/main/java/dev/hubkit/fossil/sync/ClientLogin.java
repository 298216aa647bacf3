package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Users;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The login of the client. */
record ClientLogin(String user, String password) {
  /** Returns the message behind a login card that signs it. */
  MessageBuffer sign(MessageBuffer message, String projectCode) throws IOException {
    String nonce = digest(message);
    String secret = Users.sharedSecret(projectCode, user, password);
    MessageBuffer signed = new MessageBuffer();
    new XferCardWriter(signed)
        .write(new Card.Login(user, nonce, UserAccess.signature(nonce, secret)));
    message.writeTo(signed);
    return signed;
  }

  private static String digest(MessageBuffer message) throws IOException {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      try (InputStream in = new DigestInputStream(message.open(), sha1)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(sha1.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("A Java runtime without SHA-1", e);
    }
  }

  @Override
  public String toString() {
    return user;
  }
}
