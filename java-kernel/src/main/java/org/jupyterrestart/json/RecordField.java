package org.jupyterrestart.json;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.annotations.SerializedName;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One component of a record as JSON sees it.
 *
 * @param name on the wire
 * @param kind what its value is written as, where there is one
 * @param isRequired whether null is impossible
 */
public record RecordField(String name, JsonKind kind, boolean isRequired) {
    public static List<RecordField> of(Class<? extends Record> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(component -> of(type, component))
                .toList();
    }

    private static RecordField of(Class<? extends Record> owner, RecordComponent component) {
        return new RecordField(
                wireName(owner, component), JsonKind.of(typeInside(component)), !isOptional(component.getType()));
    }

    static String wireName(Class<? extends Record> owner, RecordComponent component) {
        try {
            Field field = owner.getDeclaredField(component.getName());
            SerializedName given = field.getAnnotation(SerializedName.class);
            return given == null ? FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES.translateName(field) : given.value();
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException("record %s has no field for %s".formatted(owner, component), e);
        }
    }

    private static boolean isOptional(Class<?> type) {
        return type == Optional.class || type == OptionalInt.class || type == OptionalLong.class;
    }

    private static Class<?> typeInside(RecordComponent component) {
        Class<?> type = component.getType();
        if (type == OptionalInt.class) {
            return int.class;
        }
        if (type == OptionalLong.class) {
            return long.class;
        }
        if (type != Optional.class) {
            return type;
        }
        Type inside = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
        return inside instanceof ParameterizedType generic ? (Class<?>) generic.getRawType() : (Class<?>) inside;
    }
}
