import Foundation

/// What was read as a JSON schema.
extension YAMLSection {
    package func jsonSchema(title: String) -> String {
        var object = schemaObject
        object["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        object["title"] = title
        let data = try? JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    var schemaObject: [String: Any] {
        var properties: [String: Any] = [:]
        for field in fields {
            var property = field.shape.schemaObject
            property["description"] = field.note
            properties[field.key] = property
        }
        var object: [String: Any] = ["type": "object", "additionalProperties": false, "properties": properties]
        let required = fields.filter(\.required).map(\.key)
        if !required.isEmpty { object["required"] = required }
        return object
    }
}

extension Field.Shape {
    var schemaObject: [String: Any] {
        switch self {
        case .quantity(let dimension):
            let units = dimension.units.map { NSRegularExpression.escapedPattern(for: $0.name) }.joined(separator: "|")
            let optional = dimension == .share ? "?" : ""
            return [
                "anyOf": [
                    ["type": "string", "pattern": "^[-+]?[0-9.]+([eE][-+]?[0-9]+)? *(\(units))\(optional)$"],
                    dimension == .share ? ["type": "number"] : ["const": 0],
                ]
            ]
        case .number(let range): return ["type": "number", "minimum": range.lowerBound, "maximum": range.upperBound]
        case .integer(let range): return ["type": "integer", "minimum": range.lowerBound, "maximum": range.upperBound]
        case .flag: return ["type": "boolean"]
        case .text: return ["type": ["string", "number"]]
        case .words: return ["anyOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]]]
        case .choice(let names): return ["enum": names]
        case .section(let section): return section.schemaObject
        case .wordOrSection(let words, let section): return ["anyOf": [["enum": words], section.schemaObject]]
        case .part(let section, _, let words):
            let object = section.schemaObject.filter { $0.key != "required" }
            return words.isEmpty ? object : ["anyOf": [["enum": words], object]]
        case .entries(let section): return ["type": "object", "additionalProperties": section.schemaObject]
        case .list(let section): return ["type": "array", "items": section.schemaObject]
        case .described(_, let schema): return schema
        case .free: return [:]
        }
    }
}
