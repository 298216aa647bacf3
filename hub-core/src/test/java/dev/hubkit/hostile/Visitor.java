package dev.hubkit.hostile;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Gets pages one after the other, and checks that each holds a certain text. */
final class Visitor implements OrdinaryClient {
  private final String name;
  private final String url;
  private final List<Map.Entry<String, String>> pages;
  private final long rest;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
  private int visits;

  /**
   * Makes a visitor.
   *
   * @param pages the pages that it gets, each with a text that it must hold
   */
  Visitor(String name, int port, long rest, List<Map.Entry<String, String>> pages) {
    this.name = name;
    this.url = "http://127.0.0.1:" + port;
    this.rest = rest;
    this.pages = pages;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void act() throws IOException, InterruptedException {
    var page = pages.get(visits++ % pages.size());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + page.getKey()))
            .timeout(Duration.ofSeconds(20))
            .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200 || !answer.body().contains(page.getValue())) {
      throw new AssertionError(page.getKey() + ": " + answer.statusCode() + " " + answer.body());
    }
  }

  @Override
  public long restMillis() {
    return rest;
  }

  @Override
  public void close() {}
}
