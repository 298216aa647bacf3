package dev.hubkit.nats.config;

import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.credential.NKeyPair;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file with the token of a new operator. */
final class OperatorFile {
  private OperatorFile() {}

  static Path write(Path directory) throws IOException {
    NKeyPair operator = NKeyPair.generate(NKey.Role.OPERATOR);
    String claims =
        "{\"jti\":\"x\",\"iat\":1,\"iss\":\""
            + operator.publicKey()
            + "\",\"sub\":\""
            + operator.publicKey()
            + "\",\"name\":\"o\",\"nats\":{\"type\":\"operator\",\"version\":2}}";
    return Files.writeString(
        directory.resolve("operator.jwt"),
        Jwt.sign(operator, claims.getBytes(StandardCharsets.UTF_8)));
  }
}
