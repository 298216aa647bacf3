package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import java.util.Collection;
import java.util.List;
import java.util.Map;

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
      Collection<Subscription> services,
      Map<String, String> builtIn,
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
    if (!streams.isEmpty() || !services.isEmpty() || !builtIn.isEmpty()) {
      json.beginArray("imports");
      for (StreamImport stream : streams) {
        json.beginObject()
            .field("subject", stream.remote())
            .field("account", stream.exporter().name())
            .field("local_subject", stream.local())
            .field("type", "stream");
        flags(json, false);
      }
      for (Subscription service : services) {
        if (service.subscriber() instanceof ServiceImport imported) {
          service(
              json,
              imported.remote(),
              imported.exporter().name(),
              service.subject(),
              imported.isShared());
        }
      }
      builtIn.forEach((subject, exporter) -> service(json, subject, exporter, subject, true));
      json.endArray();
    }
  }

  private static void service(
      JsonWriter json, String remote, String exporter, String local, boolean shared) {
    json.beginObject()
        .field("subject", remote)
        .field("account", exporter)
        .field("to", local)
        .field("local_subject", local)
        .field("type", "service");
    flags(json, shared);
  }

  private static void flags(JsonWriter json, boolean shared) {
    json.field("invalid", false).field("share", shared).field("tracking", false).endObject();
  }

  private static void export(JsonWriter json, Export export) {
    json.beginObject().field("subject", export.subject());
    if (export instanceof ServiceExport service) {
      String type =
          switch (service.responses()) {
            case SINGLETON -> "Singleton";
            case STREAM -> "Streamed";
            case CHUNKED -> "Chunked";
          };
      json.field("type", "service").field("response_type", type);
    } else {
      json.field("type", "stream");
    }
    json.fieldIfSet("approved_accounts", export.accounts()).endObject();
  }
}
