@NullMarked
package dev.hubkit.junit.assertj;

import org.jspecify.annotations.NullMarked;
