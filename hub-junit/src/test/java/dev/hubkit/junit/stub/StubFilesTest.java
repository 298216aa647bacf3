package dev.hubkit.junit.stub;

import static dev.hubkit.junit.stub.StubVerification.verify;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.nats.service.Discovery;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stubs in files, which are read again when they change. */
@WithHub(fossil = false)
class StubFilesTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static Message request(Connection nats, String subject, String body) throws Exception {
    return nats.request(subject, body.getBytes(UTF_8), SOON);
  }

  private static String ask(Connection nats, String subject, String body) throws Exception {
    return new String(request(nats, subject, body).getData(), UTF_8);
  }

  @Test
  void declareAllThatCodeCan(HubResource hub, Connection nats) throws Exception {
    // @start region="load"
    StubFiles files = hub.stubs().load("classpath:stubs");
    // @end
    assertThat(ask(nats, "inventory.check.42", "{\"quantity\": 3}"))
        .isEqualTo("{\"item\":\"42\",\"available\":true}");
    Message none = request(nats, "inventory.check.42", "{\"quantity\": 0}");
    assertThat(none.getHeaders().getFirst(ReplySender.ERROR_CODE)).isEqualTo("400");
    NatsMessage acme =
        NatsMessage.builder()
            .subject("inventory.check.42")
            .headers(new Headers().put("Tenant", "acme"))
            .data("{}")
            .build();
    Message forAcme = nats.request(acme, SOON);
    assertThat(new String(forAcme.getData(), UTF_8)).isEqualTo("for acme");
    assertThat(forAcme.getHeaders().getFirst("Cache")).isEqualTo("no");
    assertThat(ask(nats, "jobs.next", "")).isEqualTo("first");
    assertThat(ask(nats, "jobs.next", "")).isEqualTo("done");
    assertThat(ask(nats, "cart.get", "")).isEqualTo("[]");
    assertThat(ask(nats, "cart.add", "")).isEqualTo("ok");
    assertThat(ask(nats, "cart.get", "")).isEqualTo("[\"book\"]");
    assertThat(ask(nats, "proxy.next", "")).isEqualTo("done");
    assertThat(ask(nats, "prices.tea", "")).isEqualTo("3");
    assertThat(nats.request("gone", null)).failsWithin(SOON);
    assertThat(
            new Discovery(nats, SOON.toMillis(), 1).stats("prices").get(0).getEndpointStatsList())
        .singleElement()
        .satisfies(each -> assertThat(each.getNumRequests()).isEqualTo(1));
    verify(
            files.stubs().stream()
                .filter(each -> each.toString().contains("acme"))
                .findFirst()
                .get())
        .called(1);
    files.close();
    assertThat(hub.stubs().all()).isEmpty();
    assertThat(hub.stubs().services()).isEmpty();
  }

  @Test
  void areReadAgainWhenTheyChange(HubResource hub, Connection nats) throws Exception {
    write("a.json", "{\"stubs\": [{\"subject\": \"a\", \"reply\": {\"text\": \"one\"}}]}");
    StubFiles files = hub.stubs().load(directory.toString());
    assertThat(ask(nats, "a", "")).isEqualTo("one");
    write("a.json", "{\"stubs\": [{\"subject\": \"a\", \"reply\": {\"text\": \"two\"}}]}");
    assertThat(ask(nats, "a", "")).isEqualTo("two");
    write("a.json", "{\"stubs\": [{\"subject\": \"a\", \"reply\": {\"text\": \"three\"}}]}");
    assertThat(ask(nats, "a", "")).isEqualTo("three");
    assertThat(files.stubs()).hasSize(1);
    // Also for a subject that had no stub.
    write("b.json", "{\"stubs\": [{\"subject\": \"b.*\", \"reply\": {\"template\": \"{{1}}\"}}]}");
    assertThat(ask(nats, "b.x", "")).isEqualTo("x");
    assertThat(nats.request("c", null)).failsWithin(SOON);
    // With an error, the stubs before remain.
    Path broken = write("a.json", "{\"stubs\": [{\"subject\": \"a\", \"replies\": []}]}");
    assertThat(ask(nats, "a", "")).isEqualTo("three");
    assertThat(hub.stubs().problems(hub.journal().begin()))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith(directory + "/a.json: stubs[0] has an unknown field \"replies\""));
    Files.delete(broken);
    assertThat(ask(nats, "b.x", "")).isEqualTo("x");
    assertThat(nats.request("a", null)).failsWithin(SOON);
    assertThat(hub.stubs().problems(hub.journal().mark())).isEmpty();
  }

  @Test
  void areFoundInJars(HubResource hub, Connection nats) throws Exception {
    Path jar = directory.resolve("stubs.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("packed/"));
      out.putNextEntry(new JarEntry("packed/a.json"));
      out.write(
          "{\"stubs\": [{\"subject\": \"j\", \"reply\": {\"text\": \"x\"}}]}".getBytes(UTF_8));
    }
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      hub.stubs().load("packed/");
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    assertThat(ask(nats, "j", "")).isEqualTo("x");
  }

  @Test
  void areAsThePageShows(HubResource hub, Connection nats) throws Exception {
    String page = Files.readString(Path.of(System.getProperty("basedir", ""), "docs/stubs.md"));
    Matcher json = Pattern.compile("(?s)```json\\n(.*?)```").matcher(page);
    assertThat(json.find()).isTrue();
    write("page.json", json.group(1));
    hub.stubs().load(directory.toString());
    assertThat(ask(nats, "inventory.check.7", "{}"))
        .isEqualTo("{\"item\":\"7\",\"available\":true}");
    assertThat(ask(nats, "prices.tea", "")).isEqualTo("3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]|the file has to be an object",
        "{|is not JSON",
        "{\"stub\": []}|the file has an unknown field \"stub\"; it may have stubs, services",
        "{\"stubs\": [{\"subject\": \"a..b\"}]}|stubs[0].subject: Not a subject: \"a..b\"",
        "{\"stubs\": [{\"subject\": \"a\"}]}|stubs[0].reply has to be an object",
        "{\"stubs\": [{\"subject\": \"a\", \"reply\": {}}]}|stubs[0].reply has to have one of text",
        "{\"stubs\": [{\"subject\": \"a\", \"reply\": {\"text\": \"\", \"none\": true}}]}"
            + "|, not text and none",
        "{\"stubs\": [{\"subject\": \"a\", \"reply\": {\"text\": \"\", \"after\": \"x\"}}]}"
            + "|stubs[0].reply.after has to be a duration such as \"1m30s\"",
        "{\"stubs\": [{\"subject\": \"a\", \"json\": {\"$[\": 1}, \"reply\": {\"text\": \"\"}}]}"
            + "|stubs[0].json: Not a JSONPath",
        "{\"stubs\": [{\"subject\": \"a\", \"newState\": \"x\", \"reply\": {\"text\": \"\"}}]}"
            + "|stubs[0].newState: Name the scenario first",
        "{\"services\": [{\"name\": \"a\", \"version\": \"1\"}]}"
            + "|services[0].name: Not the version of a service",
      })
  void nameWhatIsWrong(String text, String message, HubResource hub) throws Exception {
    write("good.json", "{\"stubs\": [{\"subject\": \"a\", \"reply\": {\"text\": \"x\"}}]}");
    Path file = write("wrong.json", text);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.stubs().load(directory.toString()))
        .withMessageContaining(file.toString())
        .withMessageContaining(message);
    assertThat(hub.stubs().all()).isEmpty();
  }

  @Test
  void haveLimits(HubResource hub) throws Exception {
    write("big.json", "{\"stubs\": []}" + " ".repeat(1 << 20));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.stubs().load(directory.resolve("big.json").toString()))
        .withMessageContaining("bytes; a file of stubs may have 1048576");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.stubs().load("no/such/stubs"))
        .withMessageContaining("no file or directory")
        .withMessageContaining("there is no resource no/such/stubs");
    assertThat(List.copyOf(hub.stubs().all())).isEmpty();
  }
}
