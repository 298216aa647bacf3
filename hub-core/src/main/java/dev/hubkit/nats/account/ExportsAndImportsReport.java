package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.time.GoTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the exports, imports and mappings of an account, in the fields of nats-server's account
 * report.
 */
final class ExportsAndImportsReport {
  private ExportsAndImportsReport() {}

  static void write(
      JsonWriter json,
      Collection<Export> exports,
      Collection<StreamImport> streams,
      Collection<ServiceImport> services,
      Collection<ReportedImport> others,
      List<SubjectMapping> mappings) {
    if (!mappings.isEmpty()) {
      json.beginObject("mappings");
      mappings.forEach(mapping -> mapping.write(json));
      json.endObject();
    }
    if (!exports.isEmpty()) {
      json.beginArray("exports");
      exports.forEach(export -> export(json, export));
      json.endArray();
    }
    if (!streams.isEmpty() || !services.isEmpty() || !others.isEmpty()) {
      json.beginArray("imports");
      streams.forEach(stream -> imported(json, described(stream), null));
      services.forEach(service -> imported(json, described(service), service.latency()));
      others.forEach(other -> imported(json, other, null));
      json.endArray();
    }
  }

  private static ReportedImport described(StreamImport stream) {
    return new ReportedImport(
        false, stream.remote(), stream.exporter().name(), stream.local(), false, false);
  }

  private static ReportedImport described(ServiceImport service) {
    return new ReportedImport(
        true,
        service.remote(),
        service.exporter().name(),
        service.local(),
        false,
        service.isShared());
  }

  private static void imported(
      JsonWriter json, ReportedImport each, @Nullable ServiceLatency latency) {
    json.beginObject()
        .field("subject", each.subject())
        .field("account", each.account())
        .fieldIfSet("to", each.service() ? each.local() : "")
        .field("local_subject", each.local())
        .field("type", each.service() ? "service" : "stream")
        .field("invalid", each.invalid())
        .field("share", each.share())
        .field("tracking", false);
    if (latency != null) {
      latency.write(json, "latency");
    }
    json.endObject();
  }

  private static void export(JsonWriter json, Export export) {
    ActivationTokens tokens = export.tokens();
    json.beginObject()
        .field("subject", export.subject())
        .field("type", export instanceof ServiceExport ? "service" : "stream")
        .fieldIfSet("token_req", tokens.required());
    if (export instanceof ServiceExport service) {
      String type =
          switch (service.responses()) {
            case SINGLETON -> "Singleton";
            case STREAM -> "Streamed";
            case CHUNKED -> "Chunked";
          };
      json.field("response_type", type);
      ServiceLatency latency = service.latency();
      if (latency != null) {
        latency.write(json, "service_latency");
      }
    }
    // Those that have shown a token are not named.
    json.fieldIfSet("approved_accounts", tokens.required() ? null : export.accounts())
        .fieldIfSet("revoked_activations", stamps(tokens.revocations()))
        .endObject();
  }

  /** Returns times, in seconds since the epoch, as text in the server's time zone. */
  private static Map<String, String> stamps(Map<String, Long> seconds) {
    Map<String, String> stamps = new TreeMap<>();
    seconds.forEach((name, time) -> stamps.put(name, GoTime.localStamp(time)));
    return stamps;
  }
}
