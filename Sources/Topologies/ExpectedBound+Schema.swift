extension ExpectedBound {
    static var schemaObject: [String: Any] {
        var properties: [String: Any] = [:]
        for (figure, unit, meaning) in meanings {
            var forms: [[String: Any]] = [["type": "string", "pattern": unit.pattern]]
            if unit.isCounted { forms.append(["type": "number", "minimum": 0]) }
            if figure == "delivered" { forms.append(["const": "all"]) }
            properties[figure] = ["anyOf": forms, "description": "\(meaning) (\(unit.title))"]
        }
        return ["type": "object", "additionalProperties": false, "properties": properties]
    }
}
