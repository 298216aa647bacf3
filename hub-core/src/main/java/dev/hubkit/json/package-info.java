/**
 * The one place that reads and writes JSON, as Go's {@code encoding/json} does and with its error
 * texts. {@link dev.hubkit.json.JsonStruct} says what to read, without reflection, since every test
 * run starts a hub; jackson-core writes. Of Hub, it uses only {@code text} and {@code work}.
 */
@NullMarked
package dev.hubkit.json;

import org.jspecify.annotations.NullMarked;
